"""`python -m ostro.runtime.connection_test`: tries a connection, JSON on standard input, by its hook.

Prints [whether it worked, what was said] as JSON; what the hook prints goes to standard error.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import msgspec


def attempt(fields: dict[str, Any]) -> tuple[bool, str]:
    """Ask the hook. It finds the connection where it looks first, in the environment."""
    from ostro.sdk.connection import Connection

    connection = Connection(**{name: value for name, value in fields.items() if value is not None})
    os.environ[f"AIRFLOW_CONN_{connection.conn_id.upper()}"] = connection.as_json()
    return connection.test_connection()


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
