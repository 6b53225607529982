"""Trying a connection by its hook: in a child process, as code of providers runs neither in the web server nor in commands."""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec

from ostro.assembly.one_answer import ask
from ostro.settings import Settings
from ostro.store import ConnectionRecord
from ostro.worker.nursery import clean_environment

#: Seconds after which the service counts as one that does not answer.
LIMIT = 60


def try_connection(settings: Settings, connection: ConnectionRecord) -> tuple[bool, str]:
    """Whether the hook of the connection reached its service, and what it said; secrets are taken out of that."""
    environment = clean_environment({**os.environ, **settings.for_children()})
    command = [sys.executable, "-P", "-m", "ostro.runtime.connection_test"]
    try:
        done = ask(command, environment, seconds=LIMIT, said=msgspec.json.encode(connection))
        worked, text = msgspec.json.decode(done.stdout, type=tuple[bool, str])
    except subprocess.TimeoutExpired:
        return False, f"no answer within {LIMIT} s"
    except msgspec.DecodeError:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        worked, text = False, f"the hook's process ended early: {words[-1] if words else 'no word'}"
    if connection.password:
        text = text.replace(connection.password, "***")
    return worked, text
