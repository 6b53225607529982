"""Which answers to a question are taken, and what its task goes on with."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostro.rules import answers
from ostro.sdk import serde

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OPTIONS = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("chosen", "given_", "multiple", "words"),
    [
        ([], {}, False, "at least one"),
        (["x"], {}, False, "'x' is not among"),
        (["a", "a"], {}, True, "twice"),
        (["a", "b"], {}, False, "only one"),
        (["a"], {"q": 1}, False, "no field 'q'"),
    ],
)
def test_what_is_no_answer(chosen: list[str], given_: dict[str, int], multiple: bool, words: str) -> None:
    said = answers.complaint(OPTIONS, {"n": {}}, multiple=multiple, chosen=chosen, given=given_)
    assert said is not None and words in said


@given(st.lists(st.sampled_from(OPTIONS), min_size=1, unique=True), st.booleans())
def test_options_are_an_answer_several_only_where_several_are_asked_for(
    chosen: list[str], multiple: bool
) -> None:
    said = answers.complaint(OPTIONS, {}, multiple=multiple, chosen=chosen, given={})
    assert (said is None) == (multiple or len(chosen) == 1)


def test_the_event_of_an_answer_is_read_as_user_code_expects_it() -> None:
    event = serde.deserialize(answers.answered(["a"], {"n": 1}, NOW, user={"id": "1", "name": "ann"}))
    assert event == {
        "chosen_options": ["a"],
        "params_input": {"n": 1},
        "responded_at": NOW,
        "responded_by_user": {"id": "1", "name": "ann"},
        "timedout": False,
    }


def test_a_form_as_its_author_filled_it_in() -> None:
    assert answers.default_values({"n": {"value": 1}, "m": {}}) == {"n": 1, "m": None}
