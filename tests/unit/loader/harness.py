"""A loader on a real folder, with a clock, notices and parse processes that the test works by hand."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ostro.loader import Bundle, Ended, Loader, LoaderConfig, LoaderRound
from ostro.loader.spawner import Begun
from ostro.loader.watch import Notices
from ostro.protocol.frames import pack
from ostro.protocol.parse import Dependency, FileError, KnownFile, Parsed, ParsedDag, ParseOrder
from ostro.protocol.task import GetVariable, Question, Value

DAG = "from airflow import DAG\n"


class ManualClock:
    def __init__(self) -> None:
        self.seconds = 1000.0
        self.year = 2100

    def now(self) -> datetime:
        # Far away, so that every file was written long before it is parsed.
        return datetime(self.year, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


class ManualWatcher:
    def __init__(self) -> None:
        self.refused: dict[str, str] = {}
        self.folders: set[str] = set()
        self.files: set[str] = set()
        self.notices = Notices()

    def watch(self, folders: Iterable[str], files: Iterable[str]) -> None:
        self.folders, self.files = set(folders), set(files)

    def pump(self) -> Notices:
        notices, self.notices = self.notices, Notices()
        return notices

    def filenos(self) -> Iterable[int]:
        return ()

    def close(self) -> None:
        pass


class ManualSpawner:
    """Orders wait here until the test lets their process speak or die."""

    def __init__(self) -> None:
        self.running: dict[int, tuple[ParseOrder, socket.socket]] = {}
        self.killed: list[int] = []
        self._ended: list[Begun | Ended] = []

    def spawn(self, order: ParseOrder, sock: socket.socket) -> None:
        self.running[order.job] = (order, sock)

    def kill(self, job: int) -> None:
        if job in self.running:
            self.killed.append(job)
            self.die(job, 9)

    def pump(self) -> list[Begun | Ended]:
        ended, self._ended = self._ended, []
        return ended

    def filenos(self) -> Iterable[int]:
        return ()

    def close(self) -> None:
        for _, sock in self.running.values():
            sock.close()
        self.running.clear()

    def begin(self, job: int) -> None:
        self._ended.append(Begun(job))

    def say(self, job: int, message: Question | Parsed) -> None:
        self.running[job][1].send(pack(message))

    def die(self, job: int, status: int | None) -> None:
        _, sock = self.running.pop(job)
        sock.close()
        self._ended.append(Ended(job, status))

    def leave_note(self, job: int, text: bytes) -> None:
        _, descriptors, _, _ = socket.recv_fds(self.running[job][1], 1, 1)
        os.write(descriptors[0], text)
        os.close(descriptors[0])


class Bench:
    """The loader and everything around it."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.clock = ManualClock()
        self.watcher = ManualWatcher()
        self.spawner = ManualSpawner()
        bundle = Bundle(folder=str(folder))
        self.config = LoaderConfig(bundles=(bundle,), **settings)  # type: ignore[arg-type]
        self.loader = Loader(self.config, self.spawner, clock=self.clock, watcher=self.watcher)
        self.parsed: list[str] = []
        self.retired: list[str] = []
        self.results: dict[str, Parsed] = {}
        self.complaints: list[str] = []
        self.asked: list[tuple[int, Question]] = []

    def write(self, path: str, text: str = DAG) -> Path:
        """A file of the bundle."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def notice(self, *paths: Path, everything: bool = False) -> None:
        """Notices of change, as the operating system sends them."""
        self.watcher.notices.paths |= {str(p) for p in paths}
        self.watcher.notices.folders |= {str(p.parent) for p in paths}
        self.watcher.notices.everything |= everything
        self.turn()

    def turn(self, seconds: float = 0.0) -> LoaderRound:
        """Let time go by and the loader work until it needs more time or a process."""
        self.clock.seconds += seconds
        merged = LoaderRound()
        for _ in range(1000):
            found = self.loader.run_once(self.clock.now())
            merged.parsed += found.parsed
            merged.retired += found.retired
            self.parsed += [f.path for f, _ in found.parsed]
            self.results.update({f.path: p for f, p in found.parsed})
            self.retired += [f.path for f in found.retired]
            self.complaints += found.complaints
            self.asked += [(a.job, a.question) for a in found.asked]
            wakeup = self.loader.next_wakeup()
            quiet = not (found.parsed or found.retired or found.asked)
            if quiet and (wakeup is None or wakeup > self.clock.seconds):
                return merged
        raise AssertionError("the loader never rests")

    def jobs(self) -> dict[str, int]:
        """Running parses by path."""
        return {order.file.path: job for job, (order, _) in self.spawner.running.items()}

    def finish(
        self,
        path: str,
        *dependencies: tuple[str, object],
        dags: Iterable[str] = (),
        errors: Iterable[FileError] = (),
    ) -> None:
        """The process of a file reports and ends."""
        job = self.jobs()[path]
        parsed = Parsed(
            job=job,
            dags=[ParsedDag(dag_id=d, spec=b"{}") for d in dags],
            errors=list(errors),
            dependencies=[Dependency(kind=k, name=str(n)) for k, n in dependencies],
        )
        self.spawner.say(job, parsed)
        self.spawner.die(job, 0)

    def settle(self) -> None:
        """Finish every parse without dependencies until nothing is left to do."""
        for _ in range(100):
            self.turn(0.1)
            running = self.jobs()
            if not running:
                if self.loader.idle:
                    return
                continue
            for path in running:
                self.finish(path)
        raise AssertionError("the loader never rests")


def answer(bench: Bench, values: dict[str, str]) -> None:
    """Answer what was asked, as the engine does."""
    for job, question in bench.asked:
        assert isinstance(question, GetVariable)
        value = values.get(question.key)
        bench.loader.answer(job, Value(seq=question.seq, found=value is not None, data=value))
    bench.asked.clear()


def known(bench: Bench) -> list[KnownFile]:
    return [
        KnownFile(
            bundle="dags-folder",
            path=path,
            fingerprint=bench.loader.fingerprint_of(path),
            dependencies=list(parsed.dependencies),
            dag_ids=[d.dag_id for d in parsed.dags],
        )
        for path, parsed in bench.results.items()
    ]
