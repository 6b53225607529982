"""Bundles of classes that are not ours: brought up to date, versioned and told by processes of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ostro.clock import SystemClock
from ostro.loader import foreign
from ostro.loader.foreign import ForeignBundle, ForeignConfig
from ostro.protocol.task import GetVariable, Value
from support.deadline import wait_for

CLASSES = '''
import os
from pathlib import Path
from airflow.dag_processing.bundles.base import BaseDagBundle

class Shelf(BaseDagBundle):
    """Copies a folder of folders; the last by name is the newest version."""

    supports_versioning = True

    def __init__(self, *, source, **more):
        super().__init__(**more)
        self.source = Path(source)

    @property
    def path(self):
        return self.versions_dir / self.version if self.version else self.base_dir / "newest"

    def initialize(self):
        with self.lock():
            self._copy(self.version or self.get_current_version())
        super().initialize()

    def refresh(self):
        with self.lock(), self.lock():
            self._copy(self.get_current_version())

    def get_current_version(self):
        return sorted(os.listdir(self.source))[-1]

    def _copy(self, version):
        import shutil
        shutil.copytree(self.source / version, self.path, dirs_exist_ok=True)

class Plain(BaseDagBundle):
    @property
    def path(self):
        return self.base_dir

    def refresh(self):
        from airflow.models import Variable
        self.base_dir.mkdir(parents=True, exist_ok=True)
        (self.base_dir / "a.py").write_text(Variable.get("text"))

class Broken(BaseDagBundle):
    def initialize(self):
        raise RuntimeError("no such bucket")

class Dies(BaseDagBundle):
    def initialize(self):
        os._exit(7)

class Tidy(BaseDagBundle):
    """Has something to write when its process ends; `stays`: ends only when it is asked to."""

    def __init__(self, *, note, stays, **more):
        super().__init__(**more)
        self.note, self.stays = note, stays

    @property
    def path(self):
        return self.base_dir

    def initialize(self):
        import atexit, signal, sys, threading
        def told(*_):
            Path(self.note).write_text("tidy")
        atexit.register(told)
        if self.stays:
            signal.signal(signal.SIGTERM, lambda *_: (told(), os._exit(0)))
            threading.Thread(target=threading.Event().wait).start()

    def refresh(self):
        pass

class Deaf(Tidy):
    def __init__(self, **more):
        super().__init__(note="/dev/null", stays=True, **more)

    def initialize(self):
        import signal
        super().initialize()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

class Mute(BaseDagBundle):
    """Of a version it says nothing more, and ends when it is asked to."""

    @property
    def path(self):
        return self.base_dir

    def initialize(self):
        import signal
        if self.version:
            os.closerange(3, 256)
            signal.pause()

    def refresh(self):
        pass

class Other:
    pass
'''


class Kept:
    """One bundle, driven as the loader does."""

    def __init__(self, tmp_path: Path, kind: str, **kwargs: Any) -> None:
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code" / "shelves.py").write_text(CLASSES)
        self.said: list[str] = []
        self.config = ForeignConfig(
            name="b",
            classpath=f"shelves.{kind}",
            kwargs=kwargs,
            storage=str(tmp_path / "bundles"),
            refresh_every=0.0,
            folders=(str(tmp_path / "code"),),
            environment={**os.environ, "OSTRO_HOME": str(tmp_path / "home")},
        )
        self.bundle = ForeignBundle(self.config, SystemClock(), self.said.append)

    def has_news(self) -> bool:
        self.bundle.pump()
        for question in self.bundle.asked:
            assert isinstance(question, GetVariable)
            self.bundle.answer(Value(seq=question.seq, data=f"# {question.key}"))
        self.bundle.asked.clear()
        found, self.bundle.news = self.bundle.news, False
        return found


@pytest.fixture
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def add(source: Path, version: str) -> None:
    (source / version).mkdir(parents=True)
    (source / version / "dag.py").write_text(version)


@pytest.mark.usefixtures("_usual_umask")
def test_versions_are_followed_and_made(tmp_path: Path) -> None:
    source = tmp_path / "source"
    add(source, "1")
    it = Kept(tmp_path, "Shelf", source=str(source), view_url_template="https://h/{version}{subdir}")
    bundle, link = it.bundle, Path(it.config.link)
    assert bundle.has_versions  # a run that was pinned waits until more is known
    wait_for(it.has_news, what=lambda: str(it.said))
    assert (bundle.version, (link / "dag.py").read_text()) == ("1", "1")
    assert bundle.url_of("1") == "https://h/1"
    add(source, "2")
    wait_for(lambda: it.has_news() and bundle.version == "2", what=lambda: str(it.said))
    assert (link / "dag.py").read_text() == "2"
    assert bundle.folder_of("1") is None
    wait_for(lambda: it.has_news() and bundle.folder_of("1"), what=lambda: str(it.said))
    folder = bundle.folder_of("1")
    assert folder is not None and (Path(folder) / "dag.py").read_text() == "1"
    assert [
        p for p in (tmp_path / "bundles").rglob("*") if not p.is_symlink() and p.stat().st_mode & 0o077
    ] == []
    assert it.said == []
    bundle.close()


def test_a_class_may_ask_and_need_not_know_versions(tmp_path: Path) -> None:
    it = Kept(tmp_path, "Plain")
    wait_for(it.has_news, what=lambda: str(it.said))
    assert (it.bundle.version, it.bundle.has_versions) == (None, False)
    assert (Path(it.config.link) / "a.py").read_text() == "# text"
    it.bundle.close()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("Broken", "RuntimeError: no such bucket"),
        ("Dies", "its process ended with status 7"),
        ("Other", "is no subclass of airflow.dag_processing.bundles.base.BaseDagBundle"),
        ("Missing", "Missing"),
    ],
)
def test_what_a_class_does_wrong_is_said(tmp_path: Path, kind: str, words: str) -> None:
    it = Kept(tmp_path, kind)
    wait_for(lambda: it.has_news() or it.said, what="a complaint")
    (text,) = it.said
    assert text.startswith(f"The bundle 'b' (shelves.{kind}) cannot be brought up to date: ")
    assert words in text
    wakeup = it.bundle.next_wakeup()
    assert wakeup is not None and wakeup > SystemClock().monotonic()
    it.bundle.close()


def test_a_version_that_cannot_be_made_is_not_tried_at_once_again(tmp_path: Path) -> None:
    source = tmp_path / "source"
    add(source, "1")
    it = Kept(tmp_path, "Shelf", source=str(source))
    wait_for(it.has_news, what=lambda: str(it.said))
    assert it.bundle.folder_of("9") is None
    wait_for(lambda: (it.has_news() and False) or it.said, what="a complaint")
    assert it.bundle.folder_of("9") is None
    assert not it.bundle._queue
    it.bundle.close()


def test_a_version_whose_process_is_ending_is_not_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "BY_ITSELF", 0.05)
    it = Kept(tmp_path, "Mute")
    wait_for(it.has_news, what=lambda: str(it.said))
    wait_for(lambda: (it.bundle.folder_of("9"), it.has_news()) and it.said, what="a complaint")
    assert it.bundle.folder_of("9") is None
    assert (it.bundle._work is None or it.bundle._work.version is None) and not it.bundle._queue
    it.bundle.close()


@pytest.mark.parametrize("stays", [False, True])
def test_a_process_may_tidy_up_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stays: bool
) -> None:
    monkeypatch.setattr(foreign, "BY_ITSELF", 0.05 if stays else 30.0)
    note = tmp_path / "note"
    it = Kept(tmp_path, "Tidy", note=str(note), stays=stays)
    wait_for(it.has_news, what=lambda: str(it.said))
    wait_for(lambda: (it.has_news(), note.exists() and note.read_text())[1] == "tidy", seconds=20)
    assert it.said == []
    it.bundle.close()


def test_a_process_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "BY_ITSELF", 0.05)
    monkeypatch.setattr(foreign, "AFTER_TERM", 0.05)
    it = Kept(tmp_path, "Deaf")
    wait_for(it.has_news, what=lambda: str(it.said))
    wait_for(it.has_news, what="the next look, after the first process was ended")
    it.bundle.close()
