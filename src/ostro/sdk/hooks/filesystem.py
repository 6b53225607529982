"""FSHook: the base path that a connection of type fs gives."""

from __future__ import annotations

import os
from typing import Any

from ostro.sdk.exceptions import AirflowNotFoundException
from ostro.sdk.hook import BaseHook


class FSHook(BaseHook):
    """A folder by the name of a connection: `path` in its extra, "" when it has none.

    Without a connection `fs_default` the base path is that of the machine, "/".
    """

    conn_name_attr = "fs_conn_id"
    default_conn_name = "fs_default"
    conn_type = "fs"
    hook_name = "File (path)"

    def __init__(self, fs_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        try:
            connection = self.get_connection(fs_conn_id)
        except AirflowNotFoundException:
            # Airflow makes this connection at installation.
            if fs_conn_id != self.default_conn_name:
                raise
            self.basepath = "/"
        else:
            self.basepath = str(connection.extra_dejson.get("path", ""))
        self.conn = None

    def get_conn(self) -> None:
        """There is no client."""

    def get_path(self) -> str:
        """The base path."""
        return self.basepath

    def test_connection(self) -> tuple[bool, str]:
        """Whether the path is there."""
        path = self.get_path()
        if not path:
            return False, "File Path is undefined."
        if not os.path.exists(path):
            return False, f"Path {path} does not exist."
        return True, f"Path {path} is existing."

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Only the path matters."""
        return {
            "hidden_fields": ["host", "schema", "port", "login", "password", "extra"],
            "relabeling": {},
            "placeholders": {},
        }
