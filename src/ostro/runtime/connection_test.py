"""`python -m ostro.runtime.connection_test`: tries a connection, JSON on standard input, by its hook.

Prints [whether it worked, what was said] as JSON; what the hook prints goes to standard error.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import msgspec


def attempt(fields: dict[str, Any]) -> tuple[bool, str]:
    """Ask the hook, which finds the connection before any other of its id; secrets are taken out of what it says."""
    from ostro.sdk import secrets
    from ostro.sdk.connection import Connection
    from ostro.sdk.masking import masker

    connection = Connection(**{name: value for name, value in fields.items() if value is not None})
    secrets.put_first(connection)
    # For programs that the hook starts.
    os.environ[f"AIRFLOW_CONN_{connection.conn_id.upper()}"] = connection.as_json()
    worked, text = connection.test_connection()
    return worked, masker.text(text)


def main() -> int:
    """Read, ask, print."""
    out = os.dup(1)
    os.dup2(2, 1)
    data = msgspec.json.encode(attempt(msgspec.json.decode(sys.stdin.buffer.read())))
    with os.fdopen(out, "wb") as stream:
        stream.write(data + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
