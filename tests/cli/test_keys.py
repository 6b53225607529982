"""A database whose key is not here: nothing makes a second one, and the sentence says what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ostro.assembly import keys
from ostro.assembly.child import CANNOT_WORK
from ostro.errors import SettingInvalid
from ostro.settings import load_settings
from ostro.store import Cipher, variables

from .conftest import Shell


def check(shell: Shell) -> None:
    keys.check(load_settings(os.environ), shell.store)


def key_file(shell: Shell) -> Path:
    return shell.home / "keys" / keys.FERNET


def test_a_database_without_secrets_needs_no_key_and_gets_one_when_it_is_needed(shell: Shell) -> None:
    check(shell)
    assert not key_file(shell).exists()
    shell.run("variables", "set", "k", "v")
    assert key_file(shell).stat().st_mode & 0o777 == 0o600
    check(shell)


def test_a_missing_key_is_not_replaced(shell: Shell) -> None:
    """S5: no second key is made beside a missing one."""
    shell.run("variables", "set", "k", "v")
    saved = key_file(shell).read_bytes()
    key_file(shell).unlink()
    with pytest.raises(SettingInvalid, match=r"their key is missing: put it back as .*fernet\.key"):
        check(shell)
    assert "their key is missing" in shell.fails("variables", "set", "other", "v")
    assert "their key is missing" in shell.fails("rotate-fernet-key")
    assert "their key is missing" in shell.fails("dags", "list", "--local")
    assert "their key is missing" in shell.fails("dags", "test", "d")
    assert not key_file(shell).exists()
    key_file(shell).write_bytes(saved)
    assert shell.run("variables", "get", "k").strip() == "v"


def test_another_key_is_refused_until_the_secrets_are_deleted(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run("variables", "set", "k", "v")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", Cipher.new_key())
    with pytest.raises(SettingInvalid, match=r"a key that is not there any more.*fernet_key"):
        check(shell)
    assert "not there any more" in shell.fails("variables", "set", "other", "v")
    shell.run("variables", "delete", "k")
    check(shell)
    shell.run("variables", "set", "other", "v")


def test_the_key_of_the_home_can_be_changed_in_its_file(shell: Shell) -> None:
    shell.run("variables", "set", "k", "v")
    old, new = key_file(shell).read_text().strip(), Cipher.new_key()
    key_file(shell).write_text(f"{new}\n{old}\n")
    assert "1 Variables" in shell.run("rotate-fernet-key")
    key_file(shell).write_text(new)
    assert shell.run("variables", "get", "k").strip() == "v"
    with shell.store.read() as tx:
        assert variables.get_value(tx, "k", Cipher([new])) == "v"


@pytest.mark.parametrize("part", ["engine", "web"])
def test_no_part_starts_without_the_key(shell: Shell, part: str) -> None:
    """S5: no part starts when the key is missing."""
    shell.run("variables", "set", "k", "v")
    key_file(shell).unlink()
    start = json.dumps({"overrides": {"api.port": "0"}})
    command = [sys.executable, "-m", f"ostro.assembly.{part}", "--start", start]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == CANNOT_WORK
    assert "their key is missing" in done.stderr and "Traceback" not in done.stderr
    assert not key_file(shell).exists()
