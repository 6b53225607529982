"""A real server over verified TLS, and commands that are given here and over the network."""

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

from ostro.store import Store
from support.deadline import wait_for
from support.standalone import free_port

from .conftest import Shell

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

    def here(self, *args: str, status: int = 0) -> str:
        self._patch.setenv("OSTRO_HOME", str(self.server.home))
        return self.shell.run(*args, status=status)

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
