"""Building: from the suspicion that something changed to the result of a parse.

A *look* compares the fingerprint of a file with the one that was parsed; only when they differ is it parsed. At the end
of a parse the look is taken again: what changed meanwhile is parsed once more.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable

import msgspec

from ostro.clock import Clock
from ostro.loader.agenda import Agenda, Why
from ostro.loader.config import LoaderConfig
from ostro.loader.entries import Entries, Entry, own_path
from ostro.loader.jobs import Finished, Jobs, Lost
from ostro.loader.spawner import SpawnFailed
from ostro.loader.stamps import ABSENT, ON_DISK, Stamps, changed_since
from ostro.loader.values import Values
from ostro.protocol.parse import Dependency, Parsed
from ostro.protocol.task import FileRef

#: Nanoseconds by which a file system's clock may be behind: a change that close to the start of a parse may be unseen.
TICK = 12_000_000
#: Seconds until the second look at a file that changed while it was parsed.
SECOND_LOOK = 0.05
#: Parses in a row, no edit being the reason, after which a file that never rests is parsed less often; a pause of
#: `STREAK_ENDS` seconds makes it a quiet file again.
STREAK = 5
STREAK_ENDS = 10.0
#: While more files than this wait, results are handed out in batches of this size, or after so many seconds.
BATCH = 25
BATCH_SECONDS = 0.1
#: Seconds until processes are asked for again after there were none to be had: at first, and at most.
SPAWN_PAUSE = 0.5
LONGEST_PAUSE = 30.0


class Builder:
    """Looks and parses, as far as time and processes allow."""

    def __init__(
        self,
        config: LoaderConfig,
        entries: Entries,
        stamps: Stamps,
        values: Values,
        jobs: Jobs,
        clock: Clock,
        *,
        complain: Callable[[str], None],
        vanished: Callable[[], None],
    ) -> None:
        """`vanished` is told that a file was not there when it was looked at."""
        self._config = config
        self._entries = entries
        self._stamps = stamps
        self._values = values
        self._jobs = jobs
        self._clock = clock
        self._complain = complain
        self._vanished = vanished
        self.agenda = Agenda(config.quiet, config.quiet_most)
        #: Results that wait until the values of their Variables are known.
        self._held: list[Finished] = []
        #: Results of a load of many files are handed out together: the engine writes them in one transaction.
        self._outgoing: list[tuple[FileRef, Parsed]] = []
        self._outgoing_since = 0.0
        self._spawn_not_before = float("-inf")
        self._spawn_pause = 0.0
        #: Dependencies were found since what is watched was set.
        self.found_more = False

    def step(self, now: float, until: float) -> list[tuple[FileRef, Parsed]]:
        """Do what is due, looks until the moment `until` of the performance counter. Returns finished results."""
        lost = []
        for event in self._jobs.pump():
            if isinstance(event, Lost):
                lost.append(event)
            else:
                self._finished(event)
        self._lost(lost, now)
        self._release_held()
        self._look(now, until)
        for key in self.agenda.take_refreshes(now):
            entry = self._entries.get(key)
            if entry is not None:
                self.parse(entry, Why.REFRESH)
                entry.refreshing = not entry.running
        self._start_jobs(now)
        return self._hand_out(now)

    def parse(self, entry: Entry, why: Why) -> None:
        """Have a file parsed, whatever its fingerprint."""
        if entry.running:
            entry.again = True
        else:
            if why is Why.EDITED:
                entry.streak = 0
            entry.refreshing = False
            self.agenda.enqueue(entry.key, why)

    def drop(self, entry: Entry) -> None:
        """The file is gone."""
        self._jobs.cancel(entry.file)
        self.agenda.drop(entry.key)
        self._entries.remove(entry)
        self._outgoing = [o for o in self._outgoing if (o[0].bundle, o[0].path) != entry.key]
        self._free(entry.dag_ids)

    def next_moment(self) -> float | None:
        """Monotonic moment at which `step` must be called at the latest."""
        moments = [self._jobs.next_wakeup(), self.agenda.next_moment()]
        if self._outgoing:
            moments.append(self._outgoing_since + BATCH_SECONDS)
        if self.agenda.waiting and self._jobs.free(self.agenda.waiting):
            moments.append(self._spawn_not_before)
        return min((m for m in moments if m is not None), default=None)

    @property
    def busy(self) -> bool:
        """Whether files are looked at or parsed, or about to be."""
        agenda = self.agenda
        return bool(agenda.waiting or agenda.looking or self._held or self._outgoing or self._jobs)

    # ---- looks: did anything really change? --------------------------------------------------------------------

    def _look(self, now: float, until: float) -> None:
        due = self.agenda.take_looks(now)
        for at, (key, why) in enumerate(due):
            if time.perf_counter() >= until:
                for later, reason in due[at:]:
                    self.agenda.look(later, now, reason)
                return
            entry = self._entries.get(key)
            if entry is not None:
                self._look_at(entry, why, now)

    def _look_at(self, entry: Entry, why: Why, now: float) -> None:
        own = Dependency(kind="module", name=own_path(entry.file))
        if self._stamps.stamp(own) == ABSENT:
            self._vanished()
        elif entry.running:
            self._look_at_running(entry, why)
        elif self._values.missing(entry.dependencies):
            # The file is looked at again when they are known.
            return
        elif not entry.doubtful and self._stamps.fingerprint(entry.dependencies) == _inputs(entry.file):
            return
        elif why is not Why.DEPENDENCY or self._rested(entry, now):
            self.parse(entry, why)

    def _look_at_running(self, entry: Entry, why: Why) -> None:
        """An edit ends the parse of the old content, which may hang; any other change is for the end of the parse.

        Once only, so that a file that is written all the time is parsed to its end too.
        """
        before, fingerprint = entry.begun_with
        if why is Why.EDITED and not entry.cut_short and self._stamps.fingerprint(before) != fingerprint:
            self._jobs.cancel(entry.file)
            entry.running = False
            entry.cut_short = True
            self.parse(entry, why)

    def _rested(self, entry: Entry, now: float) -> bool:
        """False when the file is parsed over and over because what it depends on never rests; it is put off then."""
        if now - entry.done_at > STREAK_ENDS + self._pause(entry):
            entry.streak = 0
        rest = entry.done_at + self._pause(entry)
        if now < rest:
            self.agenda.look(entry.key, rest, Why.DEPENDENCY)
            return False
        entry.streak += 1
        return True

    def _pause(self, entry: Entry) -> float:
        over = entry.streak - STREAK
        return min(2.0**over, self._config.refresh_every) if over > 0 else 0.0

    # ---- parses ------------------------------------------------------------------------------------------------

    def _start_jobs(self, now: float) -> None:
        while self.agenda.waiting and self._jobs.free(self.agenda.waiting) and now >= self._spawn_not_before:
            key = self.agenda.next_parse()
            entry = None if key is None else self._entries.get(key)
            if entry is None:
                continue
            entry.begun_with = (entry.dependencies, self._stamps.fingerprint(entry.dependencies))
            try:
                self._jobs.start(entry.file)
            except (SpawnFailed, OSError) as e:
                self._pause_parsing(now, str(e))
                self.agenda.enqueue(entry.key, Why.EDITED)
                return
            entry.running = True

    def _lost(self, lost: list[Lost], now: float) -> None:
        for one in lost:
            entry = self._entries.get((one.file.bundle, one.file.path))
            if entry is not None:
                entry.running = False
                self.agenda.enqueue(entry.key, Why.EDITED)
        if lost and not any(one.begun for one in lost):
            self._pause_parsing(now, "their processes end before they begin")

    def _pause_parsing(self, now: float, why: str) -> None:
        """There are no processes to be had: wait, longer each time."""
        if now >= self._spawn_not_before:
            self._spawn_pause = min(max(2 * self._spawn_pause, SPAWN_PAUSE), LONGEST_PAUSE)
            self._spawn_not_before = now + self._spawn_pause
            self._complain(f"DAG files cannot be parsed now: {why}")

    def _finished(self, finished: Finished) -> None:
        self._spawn_pause = 0.0
        entry = self._entries.get((finished.file.bundle, finished.file.path))
        if entry is None:
            return
        dependencies = finished.parsed.dependencies
        if finished.died:
            # It may have died before it read everything it needs: what it needed last time counts too.
            dependencies = [*dependencies, *entry.dependencies]
        freed = entry.dag_ids - {d.dag_id for d in finished.parsed.dags}
        self._entries.update(entry, dependencies, _defined(finished.parsed))
        self._free(freed - entry.dag_ids)
        self.found_more = True
        self._held.append(finished)

    def _release_held(self) -> None:
        """Results become final when the values of all Variables that they read are known."""
        held, self._held = self._held, []
        for finished in held:
            entry = self._entries.get((finished.file.bundle, finished.file.path))
            if entry is None:
                continue
            if self._values.missing(entry.dependencies):
                self._held.append(finished)
            else:
                self._conclude(entry, finished)

    def _conclude(self, entry: Entry, finished: Finished) -> None:
        now = self._clock.monotonic()
        entry.doubtful = self._changed_meanwhile(entry, finished.began - TICK)
        fingerprint = f"{self._stamps.fingerprint(entry.dependencies)}.{_shape(finished.parsed)}"
        # Same inputs, same target: what else differs comes from now(), a random number or the order of a set.
        same = entry.refreshing and fingerprint == entry.file.fingerprint and not _from_outside(entry)
        entry.running = entry.refreshing = entry.cut_short = False
        entry.done_at = now
        if not same:
            entry.file = msgspec.structs.replace(entry.file, fingerprint=fingerprint)
            parsed = msgspec.structs.replace(finished.parsed, dependencies=list(entry.dependencies))
            if not self._outgoing:
                self._outgoing_since = now
            self._outgoing.append((entry.file, parsed))
        self.schedule_refresh(entry, died=finished.died)
        if entry.again:
            entry.again = False
            self.parse(entry, Why.EDITED)
        elif entry.doubtful:
            self.agenda.look(entry.key, now + SECOND_LOOK, Why.DEPENDENCY)

    def _changed_meanwhile(self, entry: Entry, since: int) -> bool:
        """Whether anything that the file depends on changed while it was parsed.

        What it depended on before is compared with its state at the beginning; of what is new only the times of change
        are known.
        """
        before, fingerprint = entry.begun_with
        if self._stamps.fingerprint(before) != fingerprint:
            return True
        new = [d for d in entry.dependencies if d.kind in ON_DISK and d not in before]
        return any(changed_since(d.name, since) for d in new)

    def schedule_refresh(self, entry: Entry, *, died: bool) -> None:
        """When the file is parsed again though nothing changed; spread by name, so that not all come at once."""
        spread = (
            0.75 + 0.5 * int.from_bytes(hashlib.sha256("/".join(entry.key).encode()).digest()[:2]) / 65536
        )
        every = self._config.refresh_all_every
        if died or _from_outside(entry):
            own = entry.bundle.refresh_every
            every = self._config.refresh_every if own is None else own
        self.agenda.refresh(entry.key, self._clock.monotonic() + every * spread if every > 0 else None)

    def _free(self, dag_ids: Iterable[str]) -> None:
        """A file gave up these DAGs: another that defines one too, and was refused, may have it now."""
        for dag_id in dag_ids:
            for rival in self._entries.defining(dag_id):
                self.parse(rival, Why.DEPENDENCY)

    def _hand_out(self, now: float) -> list[tuple[FileRef, Parsed]]:
        few = self.agenda.waiting < BATCH
        if few or len(self._outgoing) >= BATCH or now - self._outgoing_since >= BATCH_SECONDS:
            outgoing, self._outgoing = self._outgoing, []
            return outgoing
        return []


# ---- helpers -----------------------------------------------------------------------------------------------


def _inputs(file: FileRef) -> str:
    """The part of a fingerprint that tells what the file depends on; the other tells what DAGs came of it."""
    return file.fingerprint.partition(".")[0]


def _shape(parsed: Parsed) -> str:
    shapes = [[d.dag_id, d.shape] for d in parsed.dags]
    errors = [[e.dag_id or "", e.text] for e in parsed.errors]
    return hashlib.sha256(msgspec.json.encode([sorted(shapes), sorted(errors)])).hexdigest()[:16]


def _from_outside(entry: Entry) -> bool:
    """Whether the file was built from data that nobody can watch."""
    return any(d.kind == "network" for d in entry.dependencies)


def _defined(parsed: Parsed) -> set[str]:
    return {d.dag_id for d in parsed.dags} | {e.dag_id for e in parsed.errors if e.dag_id}
