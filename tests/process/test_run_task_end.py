"""The end of a task's process, and its log."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.connection import Connection
from ostro.sdk.dag import DAG
from ostro.sdk.masking import mask_secret
from ostro.sdk.operators.bash import BashOperator
from ostro.sdk.operators.python import PythonOperator
from ostro.sdk.variable import Variable

from .fake_engine import Attempts, run_info, run_task, task_order
from .made import dag_of, python

# ---- the end of a process --------------------------------------------------------------------------------------


class Stubborn(BaseOperator):
    """Waits until it is told to stop."""

    def execute(self, context: Any) -> None:
        print("begun")
        time.sleep(60)

    def on_kill(self) -> None:
        print("on_kill was called")


def stubborn(**kwargs: Any) -> DAG:
    dag = dag_of()
    Stubborn(task_id="t", dag=dag, **kwargs)
    return dag


def test_execution_timeout_calls_on_kill(attempts: Attempts) -> None:
    ended = attempts.run(stubborn(execution_timeout=timedelta(seconds=0.2)))

    assert (ended.result.kind, ended.result.retryable) == ("timeout", True)
    assert "on_kill was called" in ended.events


def test_sigterm_calls_on_kill_and_is_reported(attempts: Attempts) -> None:
    dag, info = stubborn(), run_info()
    pid, sock, path = attempts.start(
        lambda channel, log: run_task(task_order(log.path, info), {"d": dag}, channel, log)
    )
    wait_for_line(path, "begun")
    os.kill(pid, signal.SIGTERM)

    ended = attempts.finish(pid, sock, path)

    assert (ended.status, ended.result.kind) == (0, "terminated")
    assert "on_kill was called" in ended.events


def test_a_bash_command_dies_with_its_task(attempts: Attempts) -> None:
    dag = dag_of()
    BashOperator(
        task_id="t",
        bash_command="echo group=$$; sleep 60 & wait",
        execution_timeout=timedelta(seconds=0.5),
        dag=dag,
    )

    ended = attempts.run(dag)

    assert ended.result.kind == "timeout"
    pid = int(next(e for e in ended.events if e.startswith("group=")).removeprefix("group="))
    assert running_in_group(pid) == []


def running_in_group(group: int) -> list[int]:
    """Processes of a group that are no zombies."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != b"Z":
            found.append(int(entry.name))
    return found


def test_a_superseded_attempt_ends_without_a_result(attempts: Attempts) -> None:
    attempts.engine.refuse = 410

    ended = attempts.run(python(lambda: Variable.get("x")))

    assert ended.engine.results == []
    assert ended.status == 0
    assert "Attempt ended without a result" in ended.events[-1]


def test_without_an_engine_the_process_says_so_and_fails(attempts: Attempts) -> None:
    info, dag = run_info(), python(lambda: 1)
    pid, sock, path = attempts.start(
        lambda channel, log: run_task(task_order(log.path, info), {"d": dag}, channel, log)
    )
    sock.close()

    _, status = os.waitpid(pid, 0)

    assert os.waitstatus_to_exitcode(status) == 75
    assert "no engine" in Path(path).read_text()


def wait_for_line(path: str, text: str, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if os.path.exists(path) and text in Path(path).read_text():
            return
        time.sleep(0.01)
    raise AssertionError(f"{text!r} was not logged in {seconds} s")


# ---- the log ---------------------------------------------------------------------------------------------------


def test_all_that_user_code_says_is_in_the_log(attempts: Attempts) -> None:
    def speak(ti: Any) -> None:
        print("printed", end="")
        print(" in two parts")
        sys.stderr.write("to stderr\n")
        logging.getLogger("mine").warning("a %s line", "logged")
        ti.log.info("with keywords", rows=3)
        structlog.get_logger("s").warning("of structlog", rows=4)
        warnings.warn("careful", UserWarning, stacklevel=1)
        logging.getLogger().debug("too quiet")
        print("no line end", end="")

    ended = attempts.run(python(speak))

    assert ended.said("printed in two parts")["logger"] == "task.stdout"
    assert ended.said("to stderr")["logger"] == "task.stderr"
    line = ended.said("a logged line")
    assert (line["level"], line["logger"], line["filename"]) == ("warning", "mine", "test_run_task_end.py")
    assert ended.said("with keywords")["rows"] == 3
    assert ended.said("of structlog")["rows"] == 4
    assert ended.said("careful")["logger"] == "py.warnings"
    assert ended.said("no line end")
    assert not any("too quiet" in event for event in ended.events)


def test_threads_and_forks_print_each_line_once(attempts: Attempts) -> None:
    def speak() -> None:
        print("begun", end="")
        pid = os.fork()
        if not pid:
            print("from the fork", flush=True)
            os._exit(0)
        os.waitpid(pid, 0)
        threads = [threading.Thread(target=lambda n=n: sys.stdout.write(f"thread {n}\n")) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    events = attempts.run(python(speak)).events

    assert [events.count(text) for text in ("begun", "from the fork")] == [1, 1]
    assert sorted(e for e in events if e.startswith("thread")) == sorted(f"thread {n}" for n in range(20))


def test_secrets_never_reach_the_log(attempts: Attempts) -> None:
    attempts.engine.connections["c"] = {"conn_id": "c", "conn_type": "http", "password": 'pass"word/1'}
    attempts.engine.variables["api_token"] = "tok-12345"

    def leak() -> None:
        mask_secret("told-secret")
        connection = Connection.get("c")
        print(connection.password, connection.get_uri(), json.dumps({"p": connection.password}))
        print(Variable.get("api_token"), "told-secret")
        raise ValueError(f"cannot log in with {connection.password}")

    ended = attempts.run(python(leak))

    text = json.dumps(ended.lines) + ended.result.text
    for secret in ('pass"word/1', 'pass\\"word/1', "pass%22word", "tok-12345", "told-secret"):
        assert secret not in text
    assert "***" in ended.result.text


def test_nothing_is_imported_after_the_fork(attempts: Attempts) -> None:
    from ostro.runtime.warm import warm_up

    warm_up()
    dag = dag_of()
    PythonOperator(task_id="plain", python_callable=lambda ds: ds, dag=dag)
    PythonOperator(task_id="rendered", python_callable=lambda **c: 1, op_kwargs={"a": "{{ ds }}"}, dag=dag)
    BashOperator(task_id="bash", bash_command="true", dag=dag)
    loaded: list[set[str]] = []

    for task_id in ("plain", "rendered", "bash"):
        info = run_info()

        def work(channel: Any, log: Any, task_id: str = task_id, info: Any = info) -> None:
            before = set(sys.modules)
            run_task(task_order(log.path, info, task_id), {"d": dag}, channel, log)
            log.write("info", "modules", names=sorted(set(sys.modules) - before))

        loaded.append(set(attempts.finish(*attempts.start(work)).said("modules")["names"]))

    assert loaded == [set(), set(), set()]
