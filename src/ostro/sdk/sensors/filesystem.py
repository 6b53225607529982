"""FileSensor: waits for a file, or for a file in a folder."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from ostro.sdk.deferring import default_deferrable
from ostro.sdk.exceptions import AirflowException
from ostro.sdk.hooks.filesystem import FSHook
from ostro.sdk.sensors.base import BaseSensorOperator
from ostro.sdk.trigger import StartTriggerArgs
from ostro.sdk.triggers.file import find_file

_TRIGGER = "airflow.providers.standard.triggers.file.FileTrigger"


class FileSensor(BaseSensorOperator):
    """Done when `filepath`, a path or glob pattern below the base path of `fs_conn_id`, is a file or a folder with one.

    `deferrable`: no process waits, a trigger does. `start_from_trigger`: not even the first look needs a process.
    """

    template_fields: ClassVar[Sequence[str]] = ("filepath", "fs_conn_id")
    ui_color = "#91818a"
    start_from_trigger = False

    def __init__(
        self,
        *,
        filepath: str,
        fs_conn_id: str = FSHook.default_conn_name,
        recursive: bool = False,
        deferrable: bool | None = None,
        start_from_trigger: bool = False,
        trigger_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filepath = filepath
        self.fs_conn_id = fs_conn_id
        self.recursive = recursive
        self.deferrable = default_deferrable() if deferrable is None else deferrable
        if self.deferrable and start_from_trigger:
            self.start_from_trigger = True
            self.start_trigger_args = StartTriggerArgs(
                trigger_cls=_TRIGGER,
                trigger_kwargs={
                    "filepath": os.path.join(self.hook.get_path(), filepath),
                    "recursive": recursive,
                    "poke_interval": self.poke_interval,
                    **(trigger_kwargs or {}),
                },
                next_method="execute_complete",
                timeout=dt.timedelta(seconds=self.timeout),
            )

    @cached_property
    def hook(self) -> FSHook:
        """The base path."""
        return FSHook(self.fs_conn_id)

    @property
    def path(self) -> str:
        """What is looked for."""
        return os.path.join(self.hook.get_path(), self.filepath)

    def poke(self, context: Any) -> bool:
        """Look once."""
        self.log.info("Poking for file %s", self.path)
        found = find_file(self.path, self.recursive)
        if found is None:
            return False
        changed = dt.datetime.fromtimestamp(os.path.getmtime(found), dt.UTC)
        self.log.info("Found File %s last modified: %s", found, changed)
        return True

    def execute(self, context: Any) -> Any:
        """Wait here, or in a trigger."""
        if not self.deferrable:
            return super().execute(context)
        if self.poke(context):
            return None
        from ostro.sdk.triggers.file import FileTrigger

        self.defer(
            trigger=FileTrigger(self.path, recursive=self.recursive, poke_interval=self.poke_interval),
            method_name="execute_complete",
            timeout=dt.timedelta(seconds=self.timeout),
        )

    def execute_complete(self, context: Any, event: Any = None) -> None:
        """The trigger fired."""
        if not event:
            raise AirflowException(f"{self.task_id} task failed as {self.filepath} not found.")
        self.log.info("%s completed successfully as %s found.", self.task_id, self.filepath)
