"""BaseHook: the way of provider hooks to their connection."""

from __future__ import annotations

from typing import Any

from ostro.sdk.connection import Connection
from ostro.sdk.log import LoggingMixin


class BaseHook(LoggingMixin):
    """Base of hooks. A subclass says its `conn_type` and gives a client in `get_conn`."""

    conn_name_attr: str = "conn_id"
    default_conn_name: str = ""
    conn_type: str = ""
    hook_name: str = ""

    def __init__(self, logger_name: str | None = None, **_: Any) -> None:
        super().__init__()
        if logger_name is not None:
            self._log_config_logger_name = "airflow.task.hooks"
            self._logger_name = logger_name

    @classmethod
    def get_connection(cls, conn_id: str) -> Connection:
        """The connection of an id. Raises AirflowNotFoundException when there is none."""
        connection = Connection.get(conn_id)
        cls.logger().info("Retrieving connection '%s'", connection.conn_id)
        return connection

    @classmethod
    async def aget_connection(cls, conn_id: str) -> Connection:
        """`get_connection` for coroutines."""
        return await Connection.async_get(conn_id)

    @classmethod
    def get_connections(cls, conn_id: str) -> list[Connection]:
        """A list of the one connection of the id (1.10)."""
        return [cls.get_connection(conn_id)]

    @classmethod
    def get_hook(cls, conn_id: str, hook_params: dict[str, Any] | None = None) -> Any:
        """The hook that a provider has for the type of the connection."""
        return cls.get_connection(conn_id).get_hook(hook_params=hook_params)

    @classmethod
    async def aget_hook(cls, conn_id: str, hook_params: dict[str, Any] | None = None) -> Any:
        """`get_hook` for coroutines."""
        return (await cls.aget_connection(conn_id)).get_hook(hook_params=hook_params)

    def get_conn(self) -> Any:
        """The client of the service. Provided by subclasses."""
        raise NotImplementedError(f"{type(self).__name__} gives no client")

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Fields of the connection form; none by default."""
        return {}

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Changes to the standard fields of the connection form; none by default."""
        return {}
