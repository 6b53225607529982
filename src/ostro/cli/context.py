"""What commands need: settings, the store, the cipher, a way to wake the engine. Each is made when it is asked for."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from ostro.cli.remote import SERVER
from ostro.clock import Clock, SystemClock
from ostro.errors import NotFound
from ostro.settings import Settings, load_settings, started

if TYPE_CHECKING:
    from ostro.cli.remote.client import Client
    from ostro.commands import Ask, Wake
    from ostro.commands.act import Act
    from ostro.records import RunRecord
    from ostro.store import Cipher, Store


class Context:
    """One invocation of the command line."""

    def __init__(self, overrides: dict[str, str | None] | None = None, *, starts: bool = False) -> None:
        """`overrides`: options of the command by "section.key". `starts`: it starts a part of Ostro itself."""
        self.overrides = {k: v for k, v in (overrides or {}).items() if v is not None}
        self._starts = starts
        self.clock: Clock = SystemClock()

    @cached_property
    def settings(self) -> Settings:
        """All settings; those that only the engine of this home was told on its command line, too."""
        settings = load_settings(os.environ, overrides=self.overrides)
        told = {} if self._starts else started.recall(settings)
        return load_settings(os.environ, overrides=told | self.overrides) if told else settings

    @cached_property
    def store(self) -> Store:
        """The database, checked: its tables are of this version."""
        from ostro.assembly import parts

        store = parts.make_store(self.settings)
        store.check()
        return store

    @cached_property
    def remote(self) -> Client | None:
        """The server elsewhere that the command is for; None = this machine."""
        url = SERVER.get()
        if url is None:
            return None
        from ostro.cli.remote.client import Client

        return Client(url)

    @cached_property
    def cipher(self) -> Cipher:
        """For connections and variables. Raises SettingInvalid when its key is not the one of the database."""
        from ostro.assembly import keys

        keys.check(self.settings, self.store)
        return keys.cipher(self.settings)

    @cached_property
    def wake(self) -> Wake:
        """Tells a running engine of this home what was changed."""
        from ostro.assembly.waking import Waker

        return Waker(self.settings.home.engine_socket)

    @cached_property
    def ask_timetable(self) -> Ask:
        """Asks the timetable of a DAG's author in a child process."""
        from ostro.assembly import parts

        return parts.timetable_asker(self.settings)

    @property
    def sensitive_names(self) -> tuple[str, ...]:
        """Words that make a name sensitive here, besides the usual ones."""
        from ostro.assembly import access

        return access.sensitive_names(self.settings)

    @property
    def user(self) -> str:
        """Who works at the terminal, for the audit log."""
        try:
            return getpass.getuser()
        except (KeyError, OSError):
            return str(os.getuid())

    def moment(self, text: str) -> datetime | None:
        """The moment that a text means; None when it means none, as ids of runs do."""
        from ostro.cli.dates import moment
        from ostro.errors import BadRequest

        try:
            return moment(text, self.settings.core.default_timezone)
        except BadRequest:
            return None

    def run_of(self, dag_id: str, date_or_run_id: str) -> RunRecord:
        """The run that a user means by its id or its logical date. Raises NotFound."""
        from ostro.store import runs

        with self.store.read() as tx:
            found = runs.find_run(tx, dag_id, date_or_run_id)
            date = self.moment(date_or_run_id)
            if found is None and date is not None:
                found = runs.find_run_at(tx, dag_id, date)
        if found is None:
            raise NotFound(f"DAG {dag_id!r} has no run with the id or logical date {date_or_run_id!r}")
        return found

    @contextmanager
    def acting(self) -> Iterator[Act]:
        """A transaction for a change by whoever works at the terminal; the engine is told afterwards."""
        from ostro.commands.act import act

        with act(self.store, self.clock, self.wake, self.user) as done:
            yield done
