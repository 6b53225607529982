"""`ostro --server`: the same commands with the same output against a real server, over verified TLS."""

from __future__ import annotations

import datetime
import ipaddress
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ostro.cli import remote
from ostro.cli.remote import tokens
from ostro.errors import BadRequest
from ostro.store import Store, pools
from ostro.store.pools import Pool
from support.deadline import wait_for
from support.standalone import free_port

from .conftest import Shell, task

PASSWORD = "correct horse battery"


class Server(NamedTuple):
    url: str
    home: Path
    certificate: Path


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))
    return paths


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    home = folder / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "ostro.db")
    certificate, key = _certificate(folder)
    port = free_port()
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OSTRO_", "AIRFLOW_"))}
    with (folder / "out").open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "ostro.cli.main", "api-server", "--port", str(port), "--ssl-cert", str(certificate),
             "--ssl-key", str(key)],
            env={**clean, "OSTRO_HOME": str(home), "OSTRO_ADMIN_PASSWORD": PASSWORD},
            stdout=out,
            stderr=out,
        )  # fmt: skip
    found = Server(f"https://127.0.0.1:{port}", home, certificate)

    def alive() -> bool:
        try:
            return httpx.get(f"{found.url}/livez", verify=False).status_code == 200
        except httpx.HTTPError:
            assert process.poll() is None, (folder / "out").read_text()
            return False

    try:
        wait_for(alive, what="the server")
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


class Both:
    """One command here at the server's home, and from a home elsewhere over the network."""

    def __init__(self, shell: Shell, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shell, self.server, self._patch = shell, server, monkeypatch
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        monkeypatch.setenv("OSTRO_PASSWORD", PASSWORD)
        shell.store = Store.open(f"sqlite:///{server.home}/ostro.db")

    def here(self, *args: str) -> str:
        self._patch.setenv("OSTRO_HOME", str(self.server.home))
        return self.shell.run(*args)

    def there(self, *args: str, status: int = 0) -> str:
        self._patch.setenv("OSTRO_HOME", str(self.shell.home))
        return self.shell.run("--server", self.server.url, *args, status=status)

    def same(self, *args: str) -> str:
        here, there = self.here(*args), self.there(*args)
        assert there == here
        return there


@pytest.fixture
def out_there(shell: Shell, server: Server, monkeypatch: pytest.MonkeyPatch) -> Both:
    return Both(shell, server, monkeypatch)


@pytest.fixture
def both(out_there: Both) -> Both:
    assert "Signed in" in out_there.shell.run("login", out_there.server.url, "-u", "admin")
    return out_there


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
    for args in (("dags", "state", "none", "r"), ("dags", "pause", "none"), ("variables", "delete", "none")):
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
    assert "does not accept the login" in both.shell.fails("pools", "list")


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


def test_addresses_of_this_machine_need_no_tls() -> None:
    assert tokens.checked("http://localhost:8080/") == "http://localhost:8080"
    assert tokens.checked("https://host/ostro/") == "https://host/ostro"


@pytest.mark.parametrize(
    "words", ["db migrate", "rotate-fernet-key", "scheduler", "connections list", "dags test d"]
)
def test_what_needs_the_machine_says_so(shell: Shell, words: str) -> None:
    shell.run("--server", "https://nowhere", *words.split(), status=2)
    assert "needs the machine of the server" in shell.errors and shell.errors.count("\n") == 1


def test_all_words_are_commands() -> None:
    from typer.main import get_command

    from ostro.cli.main import application

    groups = get_command(application()).commands  # type: ignore[attr-defined]
    for words in remote.WORDS:
        group, name = words.split()
        assert name in groups[group].commands
