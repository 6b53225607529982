"""DAG files that break: each harms itself only, and its error says what and where."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.loader_bench import LoaderBench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LoaderBench]:
    made = LoaderBench(tmp_path / "dags", time_limit=3.0, memory_limit=512)
    yield made
    made.close()


def others_are_fine(bench: LoaderBench) -> None:
    """Beside the broken file, a good one written afterwards is parsed."""
    bench.write("good.py")
    bench.until(lambda: "good.py" in bench.results)
    assert bench.dags("good.py") == ["good"]
    assert not bench.results["good.py"].errors


def test_a_syntax_error(bench: LoaderBench) -> None:
    bench.put("bad.py", "from airflow import DAG\n\nx = (1,\n")
    bench.settle()
    error = bench.error("bad.py")
    assert error.text == "This is not valid Python: '(' was never closed"
    assert (error.path, error.line) == ("bad.py", 3)
    others_are_fine(bench)


def test_a_syntax_error_in_a_module_of_the_user(bench: LoaderBench) -> None:
    bench.put("utils/x.py", "def f(:\n")
    bench.write("bad.py", before="from utils import x")
    bench.settle()
    error = bench.error("bad.py")
    assert (error.path, error.line) == ("utils/x.py", 1)
    bench.put("utils/x.py", "def f(): pass\n")
    assert not bench.next_result("bad.py").errors


def test_a_module_that_is_missing_and_then_there(bench: LoaderBench) -> None:
    bench.write("bad.py", before="import not_there")
    bench.settle()
    error = bench.error("bad.py")
    assert error.text.startswith("The module not_there cannot be found; install it where Ostro runs")
    assert (error.path, error.line) == ("bad.py", 5)
    assert "not_there" in error.traceback
    assert "runtime/" not in error.traceback
    bench.put("not_there.py", "")
    assert not bench.next_result("bad.py").errors


def test_an_error_in_a_function_of_a_module_names_its_line(bench: LoaderBench) -> None:
    bench.put("utils/x.py", "def f():\n    return {}['key']\n")
    bench.write("bad.py", before="from utils import x; x.f()")
    bench.settle()
    error = bench.error("bad.py")
    assert error.text == "KeyError: 'key'"
    assert (error.path, error.line) == ("utils/x.py", 2)


def test_sys_exit(bench: LoaderBench) -> None:
    bench.write("bad.py", before="import sys; sys.exit('enough')")
    bench.settle()
    assert bench.error("bad.py").text == "The file called sys.exit('enough') while it was imported"
    others_are_fine(bench)


def test_os_exit(bench: LoaderBench) -> None:
    bench.write("bad.py", before="import os; os._exit(7)")
    bench.settle()
    assert "exit code 7" in bench.error("bad.py").text
    others_are_fine(bench)


def test_a_segmentation_fault_names_its_line(bench: LoaderBench) -> None:
    bench.write("bad.py", before="import ctypes\nctypes.string_at(0)")
    bench.settle()
    error = bench.error("bad.py")
    assert "a segmentation fault (SIGSEGV)" in error.text
    assert (error.path, error.line) == ("bad.py", 6)
    others_are_fine(bench)


def test_a_file_that_hangs_names_its_line(bench: LoaderBench) -> None:
    bench.put("utils/x.py", "import time\ntime.sleep(3600)\n")
    bench.write("bad.py", before="import utils.x")
    bench.write("good.py")
    began = time.monotonic()
    bench.until(lambda: "good.py" in bench.results)
    assert time.monotonic() - began < 2.5
    bench.settle()
    assert time.monotonic() - began < 7
    error = bench.error("bad.py")
    assert error.text == "The file took longer than 3 seconds to import"
    assert (error.path, error.line) == ("utils/x.py", 2)
    # What it read before it hung is known, so that the remedy is seen.
    bench.put("utils/x.py", "import time\n")
    assert not bench.next_result("bad.py").errors


def test_a_file_that_hangs_and_stops_the_clock(bench: LoaderBench) -> None:
    code = "import faulthandler, signal\nfaulthandler.cancel_dump_traceback_later()\nsignal.pause()"
    bench.write("bad.py", before=code)
    bench.settle()
    assert bench.error("bad.py").text == "The file took longer than 3 seconds to import"
    others_are_fine(bench)


def test_a_file_that_wants_all_memory(bench: LoaderBench) -> None:
    bench.write("bad.py", before="x = []\nwhile True: x.append(bytearray(1 << 20))")
    bench.settle()
    error = bench.error("bad.py")
    assert error.text.startswith("The file needs more memory")
    assert (error.path, error.line) == ("bad.py", 6)
    others_are_fine(bench)


def test_endless_recursion(bench: LoaderBench) -> None:
    bench.write("bad.py", before="def f(): f()\nf()")
    bench.settle()
    assert bench.error("bad.py").text.startswith("The file calls itself without end")


def test_a_file_that_prints_100_megabytes(bench: LoaderBench) -> None:
    loud = "import os, sys\nfor _ in range(100): print('x' * (1 << 20))\nos.write(1, b'y' * (8 << 20))"
    bench.write("loud.py", before=loud)
    bench.settle()
    assert bench.dags("loud.py") == ["loud"]
    (warning,) = bench.results["loud.py"].warnings
    assert warning.startswith("The file printed while it was imported: xxx")
    assert len(warning) < 10_000


def test_prints_of_other_kinds_do_no_harm(bench: LoaderBench) -> None:
    code = "import sys, logging, os\nsys.stderr.write('one\\n'); sys.__stdout__.flush(); sys.stdout.buffer.write(b'x')\nlogging.warning('two'); os.system('echo three'); print(sys.stdin.read(), sys.stdout.isatty())"
    bench.write("loud.py", before=code)
    bench.settle()
    assert not bench.results["loud.py"].errors
    assert "two" in bench.results["loud.py"].warnings[0]


def test_a_file_that_forks_and_both_go_on(bench: LoaderBench) -> None:
    bench.write("forks.py", before="import os\nos.fork()")
    bench.settle()
    assert bench.dags("forks.py") == ["forks"]


def test_a_program_left_behind_is_ended(bench: LoaderBench, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = f"import subprocess\np = subprocess.Popen(['sleep', '3600'])\nopen({str(pid_file)!r}, 'w').write(str(p.pid))"
    bench.write("leaves.py", before=code)
    bench.settle()
    pid = int(pid_file.read_text())
    bench.until(lambda: _is_gone(pid) or bench.write("tick.py"), 10)


def test_a_program_left_behind_by_a_file_that_hangs_is_ended(bench: LoaderBench, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = f"import subprocess, time\np = subprocess.Popen(['sleep', '3600'])\nopen({str(pid_file)!r}, 'w').write(str(p.pid))\ntime.sleep(3600)"
    bench.write("hangs.py", before=code)
    bench.settle()
    assert "longer than" in bench.error("hangs.py").text
    pid = int(pid_file.read_text())
    bench.until(lambda: _is_gone(pid) or bench.write("tick.py"), 10)


def test_a_file_that_kills_the_parent_of_its_process(bench: LoaderBench) -> None:
    bench.write("good.py")
    bench.settle()
    bench.write(
        "killer.py", before="import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nsignal.pause()"
    )
    bench.until(lambda: "killer.py" in bench.results)
    assert "vanished together with its parent" in bench.error("killer.py").text
    others_are_fine(bench)


def test_a_file_that_closes_every_descriptor(bench: LoaderBench) -> None:
    bench.write("closes.py", before="import os\nos.closerange(0, 256)")
    bench.settle()
    assert bench.results["closes.py"].errors
    others_are_fine(bench)


def test_a_file_that_starts_threads_is_told_so(bench: LoaderBench) -> None:
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,), name='forever').start()"
    bench.write("threads.py", before=code)
    bench.settle()
    assert bench.dags("threads.py") == ["threads"]
    assert any("starts threads" in w and "forever" in w for w in bench.results["threads.py"].warnings)


def test_a_parse_process_that_is_killed(bench: LoaderBench, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = f"import os, signal\nopen({str(pid_file)!r}, 'w').write(str(os.getpid()))\nsignal.pause()"
    bench.write("victim.py", before=code)
    bench.until(lambda: pid_file.exists() and pid_file.read_text())
    os.kill(int(pid_file.read_text()), signal.SIGKILL)
    bench.settle()
    assert "was killed (SIGKILL)" in bench.error("victim.py").text


def test_several_dags_of_which_one_is_broken(bench: LoaderBench) -> None:
    bench.put(
        "many.py",
        """
from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG("good", schedule=None):
    EmptyOperator(task_id="a")
with DAG("circle", schedule=None):
    a, b = EmptyOperator(task_id="a"), EmptyOperator(task_id="b")
    a >> b >> a
""",
    )
    bench.settle()
    assert bench.dags("many.py") == ["good"]
    error = bench.error("many.py")
    assert error.dag_id == "circle"
    assert "ring" in error.text
    assert (error.path, error.line) == ("many.py", 7)


def test_a_dag_id_twice_in_one_file(bench: LoaderBench) -> None:
    bench.put(
        "twice.py",
        """
from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG("same", schedule=None) as one:
    EmptyOperator(task_id="a")
with DAG("same", schedule=None) as two:
    EmptyOperator(task_id="b")
""",
    )
    bench.settle()
    assert [t.task_id for t in bench.spec("twice.py").tasks] == ["a"]
    assert "makes two DAGs with the id 'same'" in bench.error("twice.py").text


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ('dag = DAG("x", schedule="61 * * * *")', "61"),
        ('with DAG("x", schedule=None): [EmptyOperator(task_id="a"), EmptyOperator(task_id="a")]', "'a'"),
        ('with DAG("x", schedule=None): EmptyOperator(task_id="a b")', "a b"),
        ('with DAG("x", schedule=None): EmptyOperator(task_id="a", nonsense=1)', "nonsense"),
    ],
)
def test_mistakes_in_a_dag_name_what_and_where(bench: LoaderBench, code: str, word: str) -> None:
    bench.put(
        "bad.py", f"from airflow import DAG\nfrom airflow.operators.empty import EmptyOperator\n{code}\n"
    )
    bench.settle()
    error = bench.error("bad.py")
    assert word in error.text
    assert (error.path, error.line) == ("bad.py", 3)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read(bench: LoaderBench) -> None:
    bench.write("closed.py").chmod(0)
    bench.settle()
    assert "cannot be read: Permission denied" in bench.error("closed.py").text


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
