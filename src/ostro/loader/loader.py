"""The loader: a build system whose targets are DAG files.

Driven by the engine's loop: `run_once` does what is due and gives way after a few milliseconds, `filenos` and
`next_wakeup` say when it has something to do again. It never blocks, runs no user code and knows no database.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial

import msgspec

from ostro import __version__
from ostro.clock import Clock, SystemClock
from ostro.errors import UserError
from ostro.loader.agenda import Why
from ostro.loader.builder import Builder
from ostro.loader.config import Bundle, LoaderConfig
from ostro.loader.entries import Entries, Entry, own_path
from ostro.loader.find import Finder, Found
from ostro.loader.foreign import ForeignBundle
from ostro.loader.git import Access, Repository
from ostro.loader.jobs import AskedByParse, Jobs
from ostro.loader.spawner import ParseSpawner
from ostro.loader.stamps import Stamps
from ostro.loader.survey import Survey, Surveyed
from ostro.loader.values import Values
from ostro.loader.watch import Notices, Watcher, make_watcher
from ostro.protocol.parse import KnownFile, Parsed
from ostro.protocol.task import (
    Answer,
    FileRef,
)

#: Seconds of work after which `run_once` gives way.
SLICE = 0.003
#: Seconds between a notice that calls for a survey and the survey, and the longest pause between two surveys in a storm.
SURVEY_DELAY = 0.05
#: Seconds between two surveys while not everything can be watched, and how many of the paths are named.
BLIND_SWEEP = 5.0
MOST_REFUSALS = 5
SURVEY_PAUSE = 1.0


class LoaderRound(msgspec.Struct):
    """What one `run_once` brought."""

    #: Files that were parsed, with their new fingerprint.
    parsed: list[tuple[FileRef, Parsed]] = []
    #: Files that are gone or hold no DAG any more.
    retired: list[FileRef] = []
    #: Questions to be answered with `Loader.answer(job, answer)`.
    asked: list[AskedByParse] = []
    #: Bundles that come from a repository, with the commit that their folder is at now; only when it changed.
    versions: dict[str, str] = {}
    #: A version's folder that somebody asked for is there (`Loader.folder_of`).
    folders_came: bool = False
    #: Sentences for the engine's log: folders that cannot be read, wrong patterns … each is said once.
    complaints: list[str] = []


class Loader:
    """Keeps what is known of DAG files the same as what is on disk."""

    def __init__(
        self,
        config: LoaderConfig,
        spawner: ParseSpawner,
        *,
        clock: Clock | None = None,
        watcher: Watcher | None = None,
        access: Callable[[str], Access] | None = None,
    ) -> None:
        """`access`: how to reach the repository of a bundle."""
        self._config = config
        self._clock = clock or SystemClock()
        self._watcher = watcher or make_watcher()
        self._bundles = {b.name: b for b in config.bundles}
        self._entries = Entries()
        self._stamps = Stamps(_salt(config))
        self._finder = Finder(config)
        self._survey = Survey(config, self._entries, self._finder, self._stamps, self._watcher)
        self._values = Values(self._stamps)
        self._jobs = Jobs(config, spawner, self._clock)
        self._builder = Builder(
            config,
            self._entries,
            self._stamps,
            self._values,
            self._jobs,
            self._clock,
            complain=self._complain,
            vanished=lambda: self._survey_soon(self._clock.monotonic()),
        )
        self._repositories: dict[str, Repository | ForeignBundle] = {
            b.name: Repository(
                b.git, self._clock, partial(_no_access if access is None else access, b.name), self._complain
            )
            for b in config.bundles
            if b.git is not None
        }
        #: Their processes ask as job −1, −2 …
        self._foreign = [
            ForeignBundle(b.foreign, self._clock, self._complain)
            for b in config.bundles
            if b.foreign is not None
        ]
        self._repositories.update((one.config.name, one) for one in self._foreign)
        #: Versions that the folders of bundles are at, of which nobody was told yet.
        self._unsaid: dict[str, str] = {}
        self._surveying: Iterator[None] | None = None
        self._survey_began = 0.0
        self._survey_at: float | None = self._clock.monotonic()
        self._survey_not_before = float("-inf")
        #: When the values of Variables are asked for again.
        self._values_at = self._clock.monotonic() + config.sweep_every
        self._said: set[str] = set()
        self._round = LoaderRound()

    # ---- start and end -----------------------------------------------------------------------------------------

    def restore(self, rows: Iterable[KnownFile]) -> None:
        """What the database knows. Files whose fingerprint still holds are not parsed again."""
        for row in rows:
            bundle = self._bundles.get(row.bundle)
            if bundle is None:
                file = FileRef(folder="", path=row.path, bundle=row.bundle)
                self._round.retired.append(file)
                continue
            file = _ref(bundle, row.path, row.fingerprint)
            self._entries.add(Entry(bundle, file, tuple(row.dependencies), frozenset(row.dag_ids)))

    def close(self) -> None:
        """End all parse processes and watch nothing more."""
        self._jobs.close()
        self._watcher.close()
        for repository in self._repositories.values():
            repository.close()

    # ---- what the engine asks and tells ------------------------------------------------------------------------

    def file_ref(self, path: str, bundle: str | None = None) -> FileRef:
        """The reference of a file for executors: its fingerprint is that of the content parsed last.

        A file that is not known gets a reference without fingerprint.
        """
        entry = self._entries.of_path(path) if bundle is None else self._entries.get((bundle, path))
        if entry is not None:
            return entry.file
        return _ref(self._bundles.get(bundle or "", self._config.bundles[0]), path, "")

    def fingerprint_of(self, path: str, bundle: str | None = None) -> str:
        """The fingerprint of a file and all it depends on, as parsed last; "" when it never was."""
        return self.file_ref(path, bundle).fingerprint

    def has_versions(self, bundle: str) -> bool:
        """Whether a bundle has versions that runs are pinned to."""
        repository = self._repositories.get(bundle)
        return repository is not None and repository.has_versions

    def version_of(self, bundle: str) -> str | None:
        """The version that the folder of a bundle is at; None: it has none."""
        repository = self._repositories.get(bundle)
        return None if repository is None or not repository.config.pins else repository.version

    def url_of(self, bundle: str, version: str) -> str | None:
        """Where people see the files of a version of a bundle on the web; None where nobody knows."""
        repository = self._repositories.get(bundle)
        return None if repository is None else repository.url_of(version)

    def folder_of(self, bundle: str, version: str) -> str | None:
        """Folder with the files of a version; None: it is being made (`LoaderRound.folders_came` tells), or cannot be had."""
        repository = self._repositories.get(bundle)
        return None if repository is None else repository.folder_of(version)

    def variable_changed(self, key: str) -> None:
        """A Variable was written or deleted."""
        self._value_changed("variable", key)

    def connection_changed(self, conn_id: str) -> None:
        """A Connection was written or deleted."""
        self._value_changed("connection", conn_id)

    def values_changed(self) -> None:
        """Some Variables or Connections were changed by people: all that files read are asked for again."""
        known = {
            d for entry in self._entries for d in entry.dependencies if d.kind in ("variable", "connection")
        }
        for dependency in known:
            self._value_changed(dependency.kind, dependency.name)

    def parse_again(self, path: str | None = None, bundle: str | None = None) -> int:
        """Parse a file, or all files, though nothing is known to have changed. Returns how many."""
        chosen = [e for e in self._entries if path in (None, e.file.path) and bundle in (None, e.file.bundle)]
        for entry in chosen:
            self._builder.parse(entry, Why.EDITED)
        return len(chosen)

    def answer(self, job: int, answer: Answer) -> None:
        """Answer a question of `LoaderRound.asked`."""
        if job == 0:
            self._learn(answer)
        elif job < 0:
            self._foreign[-job - 1].answer(answer)
        else:
            self._jobs.answer(job, answer)

    # ---- the loop ----------------------------------------------------------------------------------------------

    def run_once(self, now: datetime | None = None) -> LoaderRound:
        """Do what is due. Returns what it brought; the lists are the caller's."""
        moment = self._clock.monotonic()
        self._pump_repositories(moment)
        self._noticed(self._watcher.pump(), moment)
        until = time.perf_counter() + SLICE
        self._step_survey(moment, until)
        parsed = self._builder.step(moment, until)
        self._watch_more(moment)
        if self._unsaid and self.idle:
            # Not before the files that changed with it were parsed: runs get a version and a DAG that fit together.
            self._round.versions, self._unsaid = self._unsaid, {}
        round_, self._round = self._round, LoaderRound()
        round_.parsed += parsed
        for source in (self._values, self._jobs):
            round_.asked += source.asked
            source.asked = []
        for number, one in enumerate(self._foreign, 1):
            round_.asked += [AskedByParse(-number, question) for question in one.asked]
            one.asked.clear()
        return round_

    def filenos(self) -> Iterator[int]:
        """Descriptors whose readiness means that `run_once` has something to do."""
        yield from self._watcher.filenos()
        yield from self._jobs.filenos()
        for one in self._foreign:
            yield from one.filenos()

    def next_wakeup(self) -> float | None:
        """Monotonic moment at which `run_once` must be called at the latest."""
        if self._surveying is not None:
            return self._clock.monotonic()
        moments = (
            self._builder.next_moment(),
            self._survey_at,
            *(repository.next_wakeup() for repository in self._repositories.values()),
        )
        return min((m for m in moments if m is not None), default=None)

    @property
    def idle(self) -> bool:
        """Whether everything that is known to have changed was parsed."""
        surveying = self._surveying is not None or (self._survey_at or 0.0) <= self._clock.monotonic()
        return not (surveying or self._builder.busy or self._values)

    def _pump_repositories(self, now: float) -> None:
        for name, repository in self._repositories.items():
            before = repository.version
            repository.pump()
            if repository.news and isinstance(repository, ForeignBundle):
                # Perhaps other files of the same version, or without any.
                self._survey_soon(now)
            if repository.news:
                repository.news = False
                self._round.folders_came = True
                if repository.version is not None and repository.config.pins:
                    self._unsaid[name] = repository.version
            if repository.version != before:
                self._survey_soon(now)

    # ---- notices and surveys -----------------------------------------------------------------------------------

    def _noticed(self, notices: Notices, now: float) -> None:
        if not notices:
            return
        survey = notices.everything
        for noticed in notices.paths:
            for path in self._survey.real_paths(noticed):
                self._stamps.forget(path)
                self._finder.forget(path)
                concerned = False
                for entry in self._entries.on_path(path):
                    concerned = True
                    own = own_path(entry.file) == path
                    self._builder.agenda.notice(entry.key, now, Why.EDITED if own else Why.DEPENDENCY)
                if not concerned or path.endswith(".zip"):
                    survey = survey or self._survey.concerns(path)
        for folder in notices.folders:
            self._stamps.forget(folder)
            for entry in self._entries.on_folder(folder):
                self._builder.agenda.notice(entry.key, now, Why.DEPENDENCY)
        if survey:
            self._survey_soon(now + SURVEY_DELAY)

    def _survey_soon(self, at: float) -> None:
        at = max(at, self._survey_not_before)
        if self._survey_at is None or at < self._survey_at:
            self._survey_at = at

    def _step_survey(self, now: float, until: float) -> None:
        if self._surveying is None:
            if self._survey_at is None or now < self._survey_at:
                return
            self._survey_at = None
            self._survey_began = now
            self._surveying = self._survey.run(self._surveyed)
        for _ in self._surveying:
            if time.perf_counter() >= until:
                return
        self._surveying = None
        end = self._clock.monotonic()
        # In a storm of notices surveys take at most a tenth of the time.
        self._survey_not_before = end + min(10 * (end - self._survey_began), SURVEY_PAUSE)
        self._survey_soon(end + self._sweep_every())
        if end >= self._values_at:
            self._values_at = end + self._config.sweep_every
            self._values.ask_again(self._entries.dependencies())
        if self._watch():
            # What changed before it was watched is found by looking again.
            self._survey_soon(end + SURVEY_DELAY)

    def _sweep_every(self) -> float:
        blind = bool(self._watcher.refused)
        return min(self._config.sweep_every, BLIND_SWEEP) if blind else self._config.sweep_every

    def _watch_more(self, now: float) -> None:
        """After a load: watch what the files turned out to depend on."""
        if self._builder.found_more and not self._builder.busy and self._surveying is None and self._watch():
            self._survey_soon(now + SURVEY_DELAY)

    def _watch(self) -> bool:
        self._builder.found_more = False
        added = self._survey.watch()
        for path, why in list(self._watcher.refused.items())[:MOST_REFUSALS]:
            self._complain(f"Changes in {path} are found by looking every few seconds, not at once: {why}")
        return added

    def _surveyed(self, result: Surveyed) -> None:
        now = self._clock.monotonic()
        for name, found in result.found.items():
            for complaint in found.complaints:
                self._complain(complaint)
            if not found.missing:
                self._compare(self._bundles[name], found, now)
        for dependency in result.different:
            entries = (
                self._entries.on_folder(dependency.name)
                if dependency.kind == "directory"
                else self._entries.on_path(dependency.name)
            )
            for entry in entries:
                self._builder.agenda.look(entry.key, now, Why.DEPENDENCY)

    def _compare(self, bundle: Bundle, found: Found, now: float) -> None:
        """The files of a bundle that were found with those that are known."""
        fresh = int((self._clock.now().timestamp() - self._config.quiet) * 1e9)
        for path, (_, changed_at, _, _) in found.files.items():
            entry = self._entries.get((bundle.name, path))
            if entry is None:
                entry = Entry(bundle, _ref(bundle, path, ""), seen=True)
                self._entries.add(entry)
                if changed_at < fresh:
                    self._builder.parse(entry, Why.NEW)
                else:
                    # Perhaps still being written.
                    self._builder.agenda.look(entry.key, now + self._config.quiet, Why.NEW)
            elif not entry.seen:
                entry.seen = True
                self._builder.schedule_refresh(entry, died=False)
                self._builder.agenda.look(entry.key, now, Why.EDITED)
            entry.missing_since = None
        for entry in self._entries.in_bundle(bundle.name):
            if entry.file.path in found.files:
                continue
            if entry.missing_since is None:
                entry.missing_since = now
            if not entry.seen or now - entry.missing_since >= self._config.missing_grace:
                self._retire(entry)
            else:
                self._survey_at = min(self._survey_at or float("inf"), now + self._config.missing_grace)

    def _retire(self, entry: Entry) -> None:
        self._builder.drop(entry)
        self._round.retired.append(entry.file)

    # ---- Variables and Connections -----------------------------------------------------------------------------

    def _value_changed(self, kind: str, name: str) -> None:
        now = self._clock.monotonic()
        for known in (name, "*"):
            self._stamps.forget_value(kind, known)
            for entry in self._entries.on_value(kind, known):
                self._builder.agenda.look(entry.key, now, Why.DEPENDENCY)

    def _learn(self, answer: Answer) -> None:
        dependency = self._values.learn(answer)
        if dependency is not None:
            now = self._clock.monotonic()
            for entry in self._entries.on_value(dependency.kind, dependency.name):
                self._builder.agenda.look(entry.key, now, Why.DEPENDENCY)

    def _complain(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._round.complaints.append(text)


# ---- helpers -----------------------------------------------------------------------------------------------


def _no_access(bundle: str) -> Access:
    raise UserError("nobody said how to reach its repository")


def _ref(bundle: Bundle, path: str, fingerprint: str) -> FileRef:
    return FileRef(
        folder=bundle.folder, path=path, bundle=bundle.name, fingerprint=fingerprint, dialect=bundle.dialect
    )


def _salt(config: LoaderConfig) -> str:
    """What shapes every DAG: another version or other settings parse everything."""
    shape = msgspec.json.encode(
        [__version__, config.defaults, config.plugins_folder, [[b.name, b.dialect] for b in config.bundles]],
        order="sorted",
    )
    return hashlib.sha256(shape).hexdigest()
