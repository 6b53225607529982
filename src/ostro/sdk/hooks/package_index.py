"""PackageIndexHook: a package index, with its credentials, by the name of a connection."""

from __future__ import annotations

import subprocess
import sys
from typing import Any
from urllib.parse import quote, urlsplit

from ostro.sdk.hook import BaseHook


class PackageIndexHook(BaseHook):
    """The address of a package index: host, login and password of a connection of type package_index."""

    conn_name_attr = "pi_conn_id"
    default_conn_name = "package_index_default"
    conn_type = "package_index"
    hook_name = "Package Index (Python)"

    def __init__(self, pi_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pi_conn_id = pi_conn_id
        self.conn = None

    def get_conn(self) -> str:
        """The address with its credentials."""
        return self.get_connection_url()

    def get_connection_url(self) -> str:
        """The address with its credentials. Raises ValueError without a host."""
        connection = self.get_connection(self.pi_conn_id)
        host = connection.host
        if not host:
            raise ValueError(
                f"the connection {self.pi_conn_id!r} has no host: write the address of the index there"
            )
        if host.startswith(("http://", "https://")):
            scheme, _, rest = host.partition("://")
        else:
            scheme, rest = "https", host
        if not connection.login and not connection.password:
            return f"{scheme}://{rest}"
        if urlsplit(f"{scheme}://{rest}").username:
            rest = rest.partition("@")[2]
        login = quote(connection.login or "", safe="")
        password = quote(connection.password or "", safe="")
        return f"{scheme}://{login}:{password}@{rest}" if password else f"{scheme}://{login}@{rest}"

    def test_connection(self) -> tuple[bool, str]:
        """Whether pip can reach it."""
        command = [
            sys.executable,
            "-m",
            "pip",
            "search",
            "not-existing-test-package",
            "--no-input",
            "--index",
        ]
        done = subprocess.run([*command, self.get_conn()], check=False, capture_output=True)
        if done.returncode in (0, 23):
            return True, "Connection successfully tested"
        return False, (done.stderr or done.stdout).decode(errors="replace").strip()

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Address, login and password matter."""
        return {
            "hidden_fields": ["schema", "port", "extra"],
            "relabeling": {"host": "Package Index URL"},
            "placeholders": {
                "host": "Example: https://my-package-mirror.net/pypi/repo-name/simple",
                "login": "Username for package index",
                "password": "Password for package index (will be masked)",
            },
        }
