"""A task that runs out of memory: only it dies, and the cause says so."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from process.engine_end import EngineEnd, alive, ended

LIMIT = 150 << 20
SOURCE = """
@task
def eats():
    gate = os.path.join(os.path.dirname(__file__), "gate")
    print("waits", flush=True)
    while not os.path.exists(gate):
        time.sleep(0.01)
    kept = []
    while True:
        kept.append(bytearray(1 << 20))

@task
def ok():
    pass
"""


@pytest.fixture
def group() -> Iterator[Path]:
    """A memory cgroup of our own, where this user may make one."""
    root = Path("/sys/fs/cgroup/memory")
    folder = root / f"ostro-test-{os.getpid()}"
    try:
        folder.mkdir()
        (folder / "memory.limit_in_bytes").write_text(str(LIMIT))
    except OSError as error:
        pytest.skip(f"no memory cgroup (v1) can be made here: {error}")
    yield folder
    with contextlib.suppress(OSError):
        folder.rmdir()


@pytest.fixture
def end(tmp_path: Path) -> Iterator[EngineEnd]:
    yield from ended(tmp_path)


def test_the_kernel_takes_the_task_and_the_cause_is_memory(end: EngineEnd, group: Path) -> None:
    file = end.file(SOURCE)
    place = end.start(file, "eats")
    end.wait_text("eats", "waits")
    (group / "cgroup.procs").write_text(str(place.pid))
    (end.dags / "gate").touch()

    cause = end.death("eats")

    assert cause["kind"] == "oom"
    assert "out of memory" in cause["text"]
    assert "MiB" in cause["text"]
    assert "out of memory" in end.texts("eats")[-1]
    assert alive(end.host_pid())
    end.start(file, "ok")
    end.finish("ok")


def test_tasks_are_taken_before_the_engine(end: EngineEnd) -> None:
    place = end.place(end.file(SOURCE))
    assert int(Path(f"/proc/{place.pid}/oom_score_adj").read_text()) >= 900
    end.executor.release(place)
