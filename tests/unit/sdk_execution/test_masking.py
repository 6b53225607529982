"""Secrets in texts and structures."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostro.sdk.masking import SecretsMasker, should_hide_value_for_key


@given(st.text(min_size=5, max_size=30).map(str.strip).filter(lambda s: len(s) >= 5), st.text(), st.text())
def test_a_secret_is_in_no_text_in_any_form(secret: str, before: str, after: str) -> None:
    masker = SecretsMasker()
    masker.add(secret)

    for form in (secret, json.dumps(secret)[1:-1], quote(secret.encode("utf-8", "surrogatepass"))):
        assert masker.text(f"{before}|{form}|{after}").count("***") >= 1


def test_each_line_of_a_secret_is_one() -> None:
    masker = SecretsMasker()
    masker.add("-----BEGIN KEY-----\nabcdefgh\nijklmnop\n-----END KEY-----")

    assert (
        masker.text("line abcdefgh\nline ijklmnop\n-----BEGIN KEY-----")
        == "line ***\nline ***\n-----BEGIN KEY-----"
    )


def test_the_longer_secret_goes_first() -> None:
    masker = SecretsMasker()
    masker.add("secret")
    masker.add("secret-and-more")

    assert masker.text("a secret-and-more b") == "a *** b"


def test_short_values_stay() -> None:
    masker = SecretsMasker()
    masker.add("ab")

    assert masker.text("cab") == "cab"


@pytest.mark.parametrize(
    "name", ["password", "MY_API_KEY", "conn_secret", "Authorization", "service_account_json"]
)
def test_names_that_sound_secret(name: str) -> None:
    assert should_hide_value_for_key(name)


@pytest.mark.parametrize("name", ["host", "passes", "", None, 5])
def test_names_that_do_not(name: object) -> None:
    assert not should_hide_value_for_key(name)


def test_structures_are_redacted_by_name_and_value() -> None:
    masker = SecretsMasker()
    masker.add("known-secret")

    redacted = masker.redact({"password": ["a", {"b": "c"}], "plain": ("known-secret", 1), "n": None})

    assert redacted == {"password": ["***", {"b": "***"}], "plain": ("***", 1), "n": None}


def test_new_secrets_are_told_once() -> None:
    masker, told = SecretsMasker(), []
    masker.on_secret = told.append

    masker.add("told-once")
    masker.add(["told-once", {"x": "other-one"}], None)

    assert told == ["told-once"]
