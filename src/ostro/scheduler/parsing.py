"""Between the loader, which knows files, and the store, which keeps DAG versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from ostro import events, store
from ostro.executors.base import Executor
from ostro.protocol.parse import Dependency, FileError, KnownFile, Parsed
from ostro.protocol.task import Answer, FileRef, Question
from ostro.scheduler.blame import blame
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.files import Files
from ostro.scheduler.live import Live
from ostro.scheduler.plan import Plan
from ostro.scheduler.round import Round


class AskedByParse(Protocol):
    """A question of a parse process."""

    @property
    def job(self) -> int: ...

    @property
    def question(self) -> Question: ...


class Found(Protocol):
    """What one look of the loader brought (`ostro.loader.LoaderRound`)."""

    parsed: list[tuple[FileRef, Parsed]]
    retired: list[FileRef]
    versions: dict[str, str]
    folders_came: bool
    complaints: list[str]

    @property
    def asked(self) -> Sequence[AskedByParse]: ...


class FileLoader(Protocol):
    """What the scheduler needs of the loader (`ostro.loader.Loader`)."""

    def run_once(self, now: datetime) -> Found: ...
    def restore(self, rows: Iterable[KnownFile]) -> None: ...
    def file_ref(self, path: str, bundle: str | None = None) -> FileRef: ...
    def has_versions(self, bundle: str) -> bool: ...
    def version_of(self, bundle: str) -> str | None: ...
    def url_of(self, bundle: str, version: str) -> str | None: ...
    def folder_of(self, bundle: str, version: str) -> str | None: ...
    def variable_changed(self, key: str) -> None: ...
    def values_changed(self) -> None: ...
    def parse_again(self, path: str | None = None, bundle: str | None = None) -> int: ...
    def answer(self, job: int, answer: Answer) -> None: ...
    def filenos(self) -> Iterable[int]: ...
    def next_wakeup(self) -> float | None: ...
    def close(self) -> None: ...


class Parsing:
    """Saves what was parsed, retires what left, tells the executor which files changed."""

    def __init__(
        self,
        loader: FileLoader,
        live: Live,
        files: Files,
        plan: Plan,
        executor: Executor,
        config: SchedulerConfig,
        emit: Callable[[events.Event], None],
    ) -> None:
        self.live = live
        self.emit = emit
        self.loader = loader
        self.files = files
        self.plan = plan
        self.executor = executor
        self.config = config
        files.folder_of, files.has_versions = loader.folder_of, loader.has_versions
        #: Rounds of the loader that are not saved yet.
        self.pending: list[Found] = []
        #: Carries out a question of a parse process; set by the loop.
        self.answer: Callable[[Round, Any], Answer]
        self._restored = False
        self._retire_after_commit: list[FileRef] = []
        self._answers: list[tuple[int, Answer]] = []
        self._parse_again: list[tuple[str, str]] = []

    def filenos(self) -> Iterable[int]:
        return self.loader.filenos()

    def next_wakeup(self) -> float | None:
        return self.loader.next_wakeup()

    def variable_changed(self, key: str) -> None:
        """A Variable was written: files that read it while parsing are due."""
        self.loader.variable_changed(key)

    def restore(self, round_: Round) -> None:
        """At start: the loader learns what the database knows, so that unchanged files are not parsed."""
        if self._restored:
            return
        rows = store.specs.load_files(round_.tx)
        bundles = {row.bundle for row in rows}
        pinning = [b for b in bundles if self.loader.version_of(b) is not None]
        store.specs.forget_bundle_versions(round_.tx, pinning)
        self.loader.restore(
            KnownFile(
                bundle=row.bundle,
                path=row.path,
                fingerprint=row.fingerprint,
                dependencies=[Dependency(kind, name) for kind, name in row.deps],
                dag_ids=row.dag_ids,
            )
            for row in rows
        )
        for row in rows:
            self.files.put(self.loader.file_ref(row.path, row.bundle), row.dag_ids, row.parsed_at)
        self._restored = True

    def pump(self, now: datetime) -> None:
        """Let the loader work; keep what it found."""
        found = self.loader.run_once(now)
        if found.parsed or found.retired or found.asked or found.versions or found.folders_came:
            self.pending.append(found)
        for text in found.complaints:
            self.emit(events.Warned(text=text))

    def run_once(self, round_: Round) -> int:
        """Save what was found; returns the number of files."""
        changed: set[str] = set()
        count = 0
        # A round that could not be written may have left its own.
        self._answers.clear()
        self._parse_again.clear()
        for found in self.pending:
            for asked in found.asked:
                self._answers.append((asked.job, self.answer(round_, asked.question)))
            for file, parsed in found.parsed:
                with blame("file", file):
                    result = store.specs.save_parsed(
                        round_.tx, file, parsed, now=round_.now, paused=not self.config.unpause_new
                    )
                    changed.update(result.dag_ids)
                    if (version := self.loader.version_of(file.bundle)) is not None:
                        made = [*(v for _, v in result.new_versions), *result.replaced_versions]
                        url = self.loader.url_of(file.bundle, version)
                        store.specs.set_bundle_version(round_.tx, file.bundle, version, file.path, made, url)
                    forgiven = self.plan.forgive(d.dag_id for d in parsed.dags)
                    changed.update(forgiven)
                    round_.planned.update(forgiven)
                    old = self.files.put(file, (d.dag_id for d in parsed.dags), round_.now)
                    if old is not None:
                        self._retire_after_commit.append(old)
                    for path in store.specs.files_in_conflict(round_.tx, result.dag_ids):
                        self._parse_again.append(path)
                    for live in self.live.replace_versions(round_.tx, result.replaced_versions):
                        round_.touched.add(live.run.id)
                        self.plan.look_at.add(live.run.dag_id)
                    count += 1
                    self.emit(
                        events.FileParsed(
                            path=file.path,
                            dags=len(parsed.dags),
                            errors=len(parsed.errors),
                            seconds=parsed.duration,
                            text="\n".join(error.text for error in parsed.errors),
                        )
                    )
            for bundle, version in found.versions.items():
                store.specs.set_bundle_version(round_.tx, bundle, version)
            if found.retired:
                retired = store.specs.retire_files(round_.tx, found.retired, round_.now)
                self._say_what_waits(retired)
                changed.update(retired)
                for file in found.retired:
                    self.files.put(file, ())
                    self._retire_after_commit.append(file)
        if changed:
            self.plan.refresh(round_.tx, changed, round_.now)
            round_.may_have_assets = True
        return count

    def _say_what_waits(self, retired: Iterable[str]) -> None:
        for dag_id in retired:
            live = sum(1 for _ in self.live.of_dag(dag_id))
            if live:
                text = f"the file of DAG {dag_id!r} is gone; {live} live run(s) of it wait until it is back"
                self.emit(events.Warned(text=f"{text}, at most [scheduler] missing_file_timeout"))

    def look_again(self, file: FileRef) -> None:
        """A process could not import what is not the file that was parsed: nothing starts from it until it is parsed."""
        self.files.put(file, ())
        self.loader.parse_again(file.path, file.bundle)

    def refuse(self, file: FileRef, text: str) -> None:
        """What a file holds cannot be saved: it gets an import error instead, and no other file waits for it."""
        for found in self.pending:
            for at, (other, parsed) in reversed(list(enumerate(found.parsed))):
                if other == file and not parsed.dags:
                    del found.parsed[at]  # not even its errors
                elif other == file:
                    errors = [FileError(text=f"the DAGs of this file cannot be saved: {text}")]
                    found.parsed[at] = (file, msgspec.structs.replace(parsed, dags=[], errors=errors))
        self.emit(events.Warned(text=f"the DAGs of {file.path} cannot be saved: {text}"))

    def after(self) -> None:
        """The round is durable."""
        self.pending.clear()
        for job, answer in self._answers:
            self.loader.answer(job, answer)
        self._answers.clear()
        for bundle, path in self._parse_again:
            self.loader.parse_again(path, bundle)
        self._parse_again.clear()
        if self._retire_after_commit:
            self.executor.retire(self._retire_after_commit)
            self._retire_after_commit.clear()

    def close(self) -> None:
        self.loader.close()
