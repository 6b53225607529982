"""`ostro --server`: the same commands with the same output against a real server, over verified TLS."""

from __future__ import annotations

from typing import Any

import pytest

from ostro.cli import remote
from ostro.cli.remote import tokens
from ostro.cli.remote.client import Client
from ostro.errors import BadRequest
from ostro.store import pools
from ostro.store.pools import Pool

from .conftest import Shell, task
from .servers import PASSWORD, Both, both, out_there, server

__all__ = ["both", "out_there", "server"]


@pytest.mark.parametrize("output", ["table", "json", "yaml", "plain"])
def test_dags_and_runs_look_the_same(both: Both, output: str) -> None:
    if output == "table":
        both.shell.dag(task("a"), task("b", "a"), dag_id="one", tags=("x",))
        both.shell.dag(task("a", owner="eve"), dag_id="two [bold]")
        both.shell.start("one", "r1")
    assert "two [bold]" in both.same("dags", "list", "-o", output)
    both.same("dags", "list", "--columns", "dag_id,tags,max_active_runs,timetable_summary", "-o", output)
    assert "r1" in both.same("dags", "list-runs", "one", "-o", output)
    both.same("dags", "list-runs", "one", "--state", "failed", "-o", output)
    both.same("dags", "list-runs", "one", "--no-backfill", "-o", output)
    assert "running" in both.same("dags", "state", "one", "r1")
    both.same("tasks", "states-for-dag-run", "one", "r1", "-o", output)
    both.same("pools", "list", "-o", output)


def test_a_dag_from_afar(both: Both) -> None:
    both.shell.dag(task("a"), dag_id="far")
    assert "'is_paused': False" in str(both.shell.json("--server", both.server.url, "dags", "unpause", "far"))
    (row,) = both.shell.json(
        "--server", both.server.url, "dags", "trigger", "far", "-r", "mine", "-c", '{"k": 1}'
    )
    assert (row["dag_run_id"], row["conf"]) == ("mine", {"k": 1})
    assert both.same("dags", "state", "far", "mine") == 'queued, {"k": 1}\n'
    assert (
        both.there("dags", "pause", "f[a]r$", "--treat-dag-id-as-regex", "--yes", "-o", "plain").count("far")
        == 1
    )
    assert "far" in both.here("dags", "list")
    both.there("dags", "delete", "far", "--yes")
    assert "far" not in both.here("dags", "list")


def test_refusals_are_the_server_s_sentence(both: Both) -> None:
    for args in (
        ("tasks", "state", "none", "a", "r"),
        ("dags", "pause", "none"),
        ("variables", "delete", "none"),
    ):
        both.there(*args, status=1)
        assert "not found" in both.shell.errors and both.shell.errors.count("\n") == 1


def test_variables_and_pools_from_afar(both: Both) -> None:
    assert both.there("variables", "set", "k", "v", "--description", "d") == "Variable k created\n"
    assert both.same("variables", "get", "k") == "v\n"
    both.there("variables", "set", "k", "w")
    assert both.same("variables", "list", "--show-values", "-o", "json").count('"d"') == 1
    assert "w" not in both.same("variables", "list", "-o", "plain").replace("keyword", "")
    both.here("variables", "set", "my_password", "swordfish-7f3a")
    assert "swordfish" not in both.there("variables", "list", "--show-values")
    both.there("variables", "get", "my_password", status=1)
    assert "on its machine" in both.shell.errors and "swordfish" not in both.shell.errors
    for key in ("k", "my_password"):
        assert both.there("variables", "delete", key) == f"Variable {key} deleted\n"
    both.there("pools", "set", "p", "3", "text", "--include-deferred")
    both.there("pools", "set", "p", "4", "text")
    assert " 4" in both.same("pools", "get", "p", "-o", "plain")
    with both.shell.store.read() as tx:
        assert pools.sizes(tx)["p"] == Pool(name="p", slots=4, description="text", include_deferred=False)
    both.there("pools", "delete", "p")


# ---- signing in ----------------------------------------------------------------------------------------------------------


def test_the_token_is_its_owner_s_alone_and_goes_with_a_logout(both: Both) -> None:
    file = both.shell.home / "servers.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in file.read_text()
    assert "Signed out" in both.shell.run("logout", both.server.url)
    both.there("dags", "list", status=1)
    assert f"run: ostro login {both.server.url}" in both.shell.errors


def test_the_environment_names_server_and_token(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.token_of(both.server.url)
    both.shell.run("logout", both.server.url)
    monkeypatch.setenv("OSTRO_SERVER", both.server.url)
    monkeypatch.setenv("OSTRO_TOKEN", str(token))
    assert "default_pool" in both.shell.run("pools", "list")
    monkeypatch.setenv("OSTRO_TOKEN", "wrong")
    assert "does not accept the token in OSTRO_TOKEN" in both.shell.fails("pools", "list")
    monkeypatch.delenv("OSTRO_TOKEN")
    tokens.keep(both.server.url, "expired")
    assert f"any more; run: ostro login {both.server.url}" in both.shell.fails("pools", "list")


def test_a_wrong_password(out_there: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSTRO_PASSWORD", "no such thing")
    said = out_there.shell.fails("login", out_there.server.url, "-u", "admin")
    assert "does not know this name and password" in said
    assert not (out_there.shell.home / "servers.json").exists()


def test_a_certificate_that_nobody_vouches_for_gets_no_password(
    out_there: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "cannot be reached" in out_there.shell.fails("login", out_there.server.url, "-u", "admin")
    assert "CERTIFICATE_VERIFY_FAILED" in out_there.shell.errors


@pytest.mark.parametrize(
    "url",
    ["http://example.org:8080", "https://me:secret@h", "h:8080", "ftp://h", "https://", "https://h?x=1"],
)
def test_addresses_that_are_not_safe(url: str) -> None:
    with pytest.raises(BadRequest) as caught:
        tokens.checked(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("most", [1, 7, 100])
def test_a_list_is_read_to_its_end_however_few_come_at_once(most: int) -> None:
    """[api] maximum_page_limit may be less than what is asked for."""

    class Few(Client):
        def page(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
            first = params["offset"]
            rows = [{"id": n} for n in range(first, min(first + most, 23))]
            return {"pools": rows, "total_entries": 23}

    assert [row["id"] for row in Few("https://h").all("/pools", "pools")] == list(range(23))


def test_addresses_of_this_machine_need_no_tls() -> None:
    assert tokens.checked("http://localhost:8080/") == "http://localhost:8080"
    assert tokens.checked("https://host/ostro/") == "https://host/ostro"


@pytest.mark.parametrize(
    "words", ["db migrate", "rotate-fernet-key", "scheduler", "connections export -", "dags test d"]
)
def test_what_needs_the_machine_says_so(shell: Shell, words: str) -> None:
    shell.run("--server", "https://nowhere", *words.split(), status=2)
    assert "needs the machine of the server" in shell.errors and shell.errors.count("\n") == 1


def test_all_words_are_commands() -> None:
    from typer.main import get_command

    from ostro.cli.main import application

    groups = get_command(application()).commands  # type: ignore[attr-defined]
    for words in remote.WORDS:
        group, *name = words.split()
        assert not name or name[0] in groups[group].commands
