"""CI's own PostgreSQL: there while its command runs, gone with it."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg
import pytest

from support import cluster, own_server
from support.services import missing

from .test_contracts import ROOT

ASKS = """
import os, sys, psycopg
with psycopg.connect(os.environ["OSTRO_TEST_POSTGRES"]) as there:
    print(os.environ["OSTRO_TEST_POSTGRES"], there.execute("SHOW fsync").fetchone()[0])
sys.exit(7)
"""


def run(**more: str) -> subprocess.CompletedProcess[str]:
    environ = {key: text for key, text in os.environ.items() if key != own_server.VARIABLE}
    script = str(ROOT / "tests" / "support" / "own_server.py")
    return subprocess.run(
        [sys.executable, script, sys.executable, "-c", ASKS],
        env={**environ, **more},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_command_has_a_server_of_its_own_and_keeps_its_status() -> None:
    if cluster.binaries() is None:
        missing("PostgreSQL's initdb and pg_ctl", "not found in /usr/lib/postgresql or PATH")
    done = run()
    assert done.returncode == 7, done.stderr
    url, fsync = done.stdout.split()
    assert fsync == "off"
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=3)


def test_a_server_that_is_named_is_used() -> None:
    named = "postgresql://nobody@127.0.0.1:1/named"
    done = run(OSTRO_TEST_POSTGRES=named)
    assert done.returncode == 1
    assert "port 1 failed" in done.stderr
