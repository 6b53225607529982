"""Every command and option of Airflow is here, or says in one sentence what to do instead; `airflow` has the same words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from ostro.cli import airflow, elsewhere
from ostro.cli import main as cli

from .conftest import Shell, task

FACTS = [
    (name.split(), words.split())
    for line in Path(__file__).with_name("airflow_commands.txt").read_text().splitlines()
    if not line.startswith("#")
    for name, _, words in [line.partition(":")]
]
ROOT = get_command(cli.application())


def found(path: list[str]) -> Any:
    command: Any = ROOT
    for part in path:
        command = getattr(command, "commands", {}).get(part)
        if command is None:
            return None
    return command


def test_all_of_them_are_compared() -> None:
    assert len(FACTS) == 97


@pytest.mark.parametrize(("path", "words"), FACTS, ids=[" ".join(path) for path, _ in FACTS])
def test_a_command_of_airflow(path: list[str], words: list[str]) -> None:
    command = found(path)
    if command is None:
        assert elsewhere.sentence(path) or elsewhere.done(path), "neither here nor said what to do instead"
        return
    assert elsewhere.sentence(path) is None
    options = {name for p in command.params for name in (*p.opts, *p.secondary_opts)}
    for word in words:
        if word.startswith("--"):
            said = elsewhere.sentence([*path, word])
            # One or the other: an option that is here must not be sent away.
            assert (word in options) != (said is not None), (word, said)
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    assert len(arguments) >= len([word for word in words if not word.startswith("--")])


@pytest.mark.parametrize("path", list(elsewhere.OPTIONS))
def test_what_is_sent_away_belongs_to_a_command_that_is_here(path: str) -> None:
    command = found(path.split())
    assert command is not None
    options = {name for p in command.params for name in (*p.opts, *p.secondary_opts)}
    assert not options & set(elsewhere.OPTIONS[path])


def test_an_option_without_meaning_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["scheduler", "--daemon"]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("ostro: 'scheduler' has no option --daemon; let systemd") and err.count("\n") == 1


@pytest.mark.parametrize(("main", "name"), [(airflow.main, "airflow"), (cli.main, "ostro")])
def test_what_is_refused_is_told_under_the_name_that_was_called(
    capsys: pytest.CaptureFixture[str], main: Callable[[list[str]], int], name: str
) -> None:
    assert main(["dags", "list", "--wrong"]) == 2
    assert capsys.readouterr().err.startswith(f"Usage: {name} dags list")
    assert main(["scheduler", "--daemon"]) == 2
    assert capsys.readouterr().err.startswith(f"{name}: 'scheduler' has no option --daemon")


@pytest.mark.parametrize("old", list(airflow.ALIASES), ids=" ".join)
def test_an_old_word_means_a_command_or_a_sentence(old: tuple[str, ...]) -> None:
    words = airflow.translated(old)
    assert found(words) is not None or elsewhere.sentence(words) or elsewhere.done(words)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("trigger_dag -r x d", "dags trigger -r x d"),
        ("trigger_dag d --run_id=x", "dags trigger d --run-id=x"),
        ("variables -s k v", "variables set k v"),
        ("variables --get k", "variables get k"),
        ("variables get k", "variables get k"),
        ("connections -a --conn_id c --conn_uri http://h", "connections add c --conn-uri http://h"),
        ("connections --delete --conn_id c", "connections delete c"),
        ("pool -s p 3 text", "pools set p 3 text"),
        ("db init", "db migrate"),
        ("webserver -p 80", "api-server -p 80"),
        ("dags list", "dags list"),
        ("", ""),
    ],
)
def test_old_words_in_new_ones(old: str, new: str) -> None:
    assert airflow.translated(old.split()) == new.split()


def test_what_is_always_done_lets_scripts_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ("sync-perm", "sync_perm", "providers lazy-loaded"):
        assert airflow.main(words.split()) == 0
        out, err = capsys.readouterr()
        assert not out and "nothing to do" in err and err.count("\n") == 1


def test_scripts_go_on_working(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.dag(task("a"))
    for line in ("db upgrade", "list_dags", "variables -s k v", "variables -g k", "pause d", "users list"):
        assert airflow.main(line.split()) == 0, capsys.readouterr()
    out, _ = capsys.readouterr()
    assert "\nv\n" in out and "of this version already" in out
    assert airflow.main(["version"]) == 0
    assert capsys.readouterr().out == "3.3.2\n"
    assert airflow.main(["tasks", "run", "d", "a", "2026-01-01"]) == 2
    assert "ostro tasks test" in capsys.readouterr().err
