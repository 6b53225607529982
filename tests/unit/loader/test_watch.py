"""Notices of change from the operating system itself."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ostro.loader.watch import InotifyWatcher, Notices, Watcher
from ostro.loader.watch_portable import PortableWatcher

KINDS: list[Callable[[], Watcher]] = [PortableWatcher]
if sys.platform == "linux":
    KINDS.append(InotifyWatcher)


@pytest.fixture(params=KINDS, ids=lambda k: k.__name__)
def watcher(request: pytest.FixtureRequest) -> Iterator[Watcher]:
    made = request.param()
    yield made
    made.close()


def wait(watcher: Watcher, until: Callable[[Notices], object], seconds: float = 5.0) -> Notices:
    """Collect notices until a condition holds."""
    collected = Notices()
    deadline = time.monotonic() + seconds
    while not until(collected):
        left = deadline - time.monotonic()
        assert left > 0, f"no such notice, but {collected}"
        select.select(list(watcher.filenos()), [], [], left)
        found = watcher.pump()
        collected.paths |= found.paths
        collected.folders |= found.folders
        collected.everything |= found.everything
    return collected


def begin(watcher: Watcher, folders: list[Path], files: list[Path] | None = None) -> None:
    watcher.watch([str(f) for f in folders], [str(f) for f in files or []])
    if isinstance(watcher, PortableWatcher):
        # Its thread needs a moment until the native watcher listens; a probe says when.
        wait(watcher, lambda n: n.everything)
        for i in range(500):
            probe = folders[0] / "probe"
            probe.write_text(str(i))
            select.select(list(watcher.filenos()), [], [], 0.02)
            if str(probe) in watcher.pump().paths:
                return
        raise AssertionError("the watcher does not listen")


def test_a_write(watcher: Watcher, tmp_path: Path) -> None:
    begin(watcher, [tmp_path])
    (tmp_path / "a.py").write_text("1")
    wait(watcher, lambda n: str(tmp_path / "a.py") in n.paths)


def test_a_replacement_by_renaming(watcher: Watcher, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    begin(watcher, [tmp_path])
    (tmp_path / ".a.tmp").write_text("2")
    os.rename(tmp_path / ".a.tmp", tmp_path / "a.py")
    wait(watcher, lambda n: str(tmp_path / "a.py") in n.paths)


def test_a_removal(watcher: Watcher, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    begin(watcher, [tmp_path])
    (tmp_path / "a.py").unlink()
    wait(watcher, lambda n: str(tmp_path / "a.py") in n.paths and str(tmp_path) in n.folders)


def test_a_file_in_a_second_folder(watcher: Watcher, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    begin(watcher, [tmp_path / "one", tmp_path / "two"])
    (tmp_path / "two/b.py").write_text("1")
    wait(watcher, lambda n: str(tmp_path / "two/b.py") in n.paths)


linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify is of Linux")


@pytest.fixture
def inotify() -> Iterator[InotifyWatcher]:
    made = InotifyWatcher()
    yield made
    made.close()


@linux
def test_a_write_that_goes_on_is_no_notice_until_it_is_closed(
    inotify: InotifyWatcher, tmp_path: Path
) -> None:
    begin(inotify, [tmp_path])
    with open(tmp_path / "a.py", "w") as opened:
        opened.write("1")
        opened.flush()
        wait(inotify, lambda n: str(tmp_path) in n.folders)
        opened.write("2")
        opened.flush()
        assert not inotify.pump()
    wait(inotify, lambda n: str(tmp_path / "a.py") in n.paths)


@linux
def test_a_single_file(inotify: InotifyWatcher, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1")
    begin(inotify, [], [path])
    (tmp_path / "b.csv").write_text("1")
    path.write_text("2")
    assert wait(inotify, lambda n: n.paths).paths == {str(path)}


@linux
def test_a_single_file_that_is_replaced_asks_for_a_look_at_everything(
    inotify: InotifyWatcher, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1")
    begin(inotify, [], [path])
    (tmp_path / "new").write_text("2")
    os.rename(tmp_path / "new", path)
    wait(inotify, lambda n: n.everything)
    begin(inotify, [], [path])
    inotify.pump()
    path.write_text("3")
    wait(inotify, lambda n: str(path) in n.paths)


@linux
def test_a_folder_that_comes_or_goes_asks_for_a_look_at_everything(
    inotify: InotifyWatcher, tmp_path: Path
) -> None:
    begin(inotify, [tmp_path])
    (tmp_path / "deep").mkdir()
    assert wait(inotify, lambda n: n.everything)
    begin(inotify, [tmp_path, tmp_path / "deep"])
    (tmp_path / "deep").rmdir()
    assert wait(inotify, lambda n: n.everything)


@linux
def test_noise_asks_for_nothing(inotify: InotifyWatcher, tmp_path: Path) -> None:
    begin(inotify, [tmp_path])
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / ".a.swp").write_text("")
    found = wait(inotify, lambda n: str(tmp_path / ".a.swp") in n.paths)
    assert not found.folders
    assert not found.everything


@linux
def test_a_mounted_volume_that_is_changed(inotify: InotifyWatcher, tmp_path: Path) -> None:
    (tmp_path / "..1").mkdir()
    os.symlink("..1", tmp_path / "..data")
    begin(inotify, [tmp_path])
    (tmp_path / "..2").mkdir()
    os.symlink("..2", tmp_path / "..tmp")
    os.rename(tmp_path / "..tmp", tmp_path / "..data")
    wait(inotify, lambda n: n.everything)


@linux
def test_links_to_one_folder_are_both_noticed(inotify: InotifyWatcher, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    os.symlink("real", tmp_path / "link")
    begin(inotify, [tmp_path / "real", tmp_path / "link"])
    (tmp_path / "real/a.py").write_text("1")
    wait(inotify, lambda n: {str(tmp_path / "real/a.py"), str(tmp_path / "link/a.py")} <= n.paths)


@linux
def test_a_folder_that_was_replaced_is_watched_again(inotify: InotifyWatcher, tmp_path: Path) -> None:
    folder = tmp_path / "dags"
    folder.mkdir()
    begin(inotify, [folder])
    folder.rename(tmp_path / "away")
    folder.mkdir()
    begin(inotify, [folder])
    inotify.pump()
    (tmp_path / "away/old.py").write_text("1")
    (folder / "new.py").write_text("1")
    found = wait(inotify, lambda n: str(folder / "new.py") in n.paths)
    assert str(folder / "old.py") not in found.paths


@linux
def test_what_is_not_wanted_any_more_is_silent(inotify: InotifyWatcher, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    begin(inotify, [tmp_path / "one"])
    begin(inotify, [])
    inotify.pump()
    (tmp_path / "one/a.py").write_text("1")
    assert not inotify.pump()


@linux
def test_missing_paths_are_left_out(inotify: InotifyWatcher, tmp_path: Path) -> None:
    begin(inotify, [tmp_path / "gone"], [tmp_path / "gone/too"])
    assert inotify.refused == {}


@linux
def test_lost_notices_ask_for_a_look_at_everything(inotify: InotifyWatcher, tmp_path: Path) -> None:
    begin(inotify, [tmp_path])
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    for path in (one, two):
        Path(path).touch()
    for _ in range(most // 2 + 10):
        # Equal notices in a row are joined, so they alternate.
        os.utime(one)
        os.utime(two)
    assert wait(inotify, lambda n: n.everything)
