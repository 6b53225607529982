"""Triggers that wait for files: `airflow.providers.standard.triggers.file`."""

from __future__ import annotations

import asyncio
import datetime as dt
import glob
import os
from collections.abc import AsyncIterator
from typing import Any

from ostro.sdk.trigger import BaseEventTrigger, BaseTrigger, TriggerEvent

_MODULE = "airflow.providers.standard.triggers.file"


def find_file(pattern: str, recursive: bool = False) -> str | None:
    """The first file that fits a path or glob pattern; a folder counts when there is a file in it. None for none."""
    for path in sorted(glob.glob(pattern, recursive=recursive)):
        if os.path.isfile(path):
            return path
        for folder, _, files in os.walk(path):
            if files:
                return os.path.join(folder, files[0])
    return None


class FileTrigger(BaseTrigger):
    """Fires when a file is there. `filepath` may be a glob pattern, `poke_interval` is seconds."""

    def __init__(
        self, filepath: str, recursive: bool = False, poke_interval: float = 5.0, **kwargs: Any
    ) -> None:
        super().__init__()
        self.filepath = filepath
        self.recursive = recursive
        self.poke_interval = poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Path and arguments."""
        return (
            f"{_MODULE}.FileTrigger",
            {"filepath": self.filepath, "recursive": self.recursive, "poke_interval": self.poke_interval},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look, wait, look again."""
        while True:
            # In a thread: a network file system may let a look take long, and other triggers would wait for it.
            found = await asyncio.to_thread(find_file, self.filepath, self.recursive)
            if found is not None:
                changed = dt.datetime.fromtimestamp(os.path.getmtime(found), dt.UTC)
                self.log.info("Found File %s last modified: %s", found, changed)
                yield TriggerEvent(True)
                return
            await asyncio.sleep(self.poke_interval)


class FileDeleteTrigger(BaseEventTrigger):
    """Fires when a file is there, and removes it: the file is a message. For watchers of assets."""

    def __init__(self, filepath: str, poke_interval: float = 5.0, **kwargs: Any) -> None:
        super().__init__()
        self.filepath = filepath
        self.poke_interval = poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Path and arguments."""
        return (
            f"{_MODULE}.FileDeleteTrigger",
            {"filepath": self.filepath, "poke_interval": self.poke_interval},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look, wait, look again."""
        while not await asyncio.to_thread(_take, self.filepath):
            await asyncio.sleep(self.poke_interval)
        self.log.info("File %s has been deleted", self.filepath)
        yield TriggerEvent(self.payload)

    @property
    def payload(self) -> Any:
        """What the event says."""
        return True


class DirectoryFileDeleteTrigger(FileDeleteTrigger):
    """FileDeleteTrigger for a file name in a folder; its event names the file."""

    def __init__(self, *, directory: str, filename: str, poke_interval: float = 5.0) -> None:
        super().__init__(os.path.join(directory, filename), poke_interval)
        self.directory = directory
        self.filename = filename

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Path and arguments."""
        return (
            f"{_MODULE}.DirectoryFileDeleteTrigger",
            {"directory": self.directory, "filename": self.filename, "poke_interval": self.poke_interval},
        )

    @property
    def payload(self) -> Any:
        """What the event says."""
        return {"filepath": self.filepath}


def _take(path: str) -> bool:
    """Remove a file; False when there is none. Of two that try, one has it."""
    if not os.path.isfile(path):
        return False
    try:
        os.remove(path)
    except FileNotFoundError:
        return False
    return True
