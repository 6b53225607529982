"""`ostro plugins`."""

from __future__ import annotations

from cli.conftest import Shell

PLUGIN = """
from airflow.plugins_manager import AirflowPlugin

print("plugins may print")


def twice(x):
    return 2 * x


class Mine(AirflowPlugin):
    name = "mine"
    macros = [twice]
"""


def test_none(shell: Shell) -> None:
    assert shell.run("plugins") == "No plugins loaded\n"


def test_what_they_bring_and_what_is_broken(shell: Shell) -> None:
    folder = shell.home / "plugins"
    folder.mkdir()
    (folder / "mine_here.py").write_text(PLUGIN)
    (folder / "wrong.py").write_text("Plugin = no_such_name")

    mine, wrong = shell.json("plugins")

    assert (mine["name"], mine["source"], mine["brings"]) == (
        "mine",
        "mine_here.py",
        {"macros": ["mine_here.twice"]},
    )
    assert (wrong["source"], wrong["error"]) == (
        "wrong.py",
        "NameError: name 'no_such_name' is not defined (line 1)",
    )
    assert "mine_here.twice" in shell.run("plugins")
