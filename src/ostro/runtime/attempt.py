"""The process of one attempt, from its fork to its end.

Forked ahead of need it connects to the engine, says Ready and waits; the order may come now, in an hour or never.
Without an order it ends when the engine or its host goes. With one it belongs to the attempt: engine and host may die,
it goes on. `python -m ostro.runtime.attempt` is the same for a file that cannot be forked: it imports the file first.

Every line before the order is paid once per attempt, with a page copied for every object it touches: short and plain.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import sys
import time
import traceback
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

import msgspec

from ostro.protocol.frames import Unpacker, decoder, pack
from ostro.protocol.task import CallbackOrder, FileRef, Leave, Ready, TaskOrder, ToProcess
from ostro.runtime import raw_output, system
from ostro.runtime.channel import Channel
from ostro.runtime.logs import TaskLog

#: Seconds that functions registered with atexit may take; then the process is ended by SIGALRM.
ATEXIT_SECONDS = 10
#: Exit code of a process that could not even begin; the log says why.
CANNOT_START = 70
#: The clock that the kernel's start times of processes are in, where there is one.
BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
#: Nanoseconds within which the host's reading of the clock before a fork counts as the start time of the process.
#: Whoever compares start times allows twice that: `ostro.worker.system.BIRTH_TOLERANCE`.
FRESH = 1_000_000_000
#: Carries out an order: order, imported file, channel, log.
Runner = Callable[[Any, Any, Channel, TaskLog], None]
#: Bytes of a frame's length.
HEAD = 4
_decode = decoder(ToProcess).decode
#: Bytes read at once while waiting for the order.
CHUNK = 16384


class Birth(msgspec.Struct, kw_only=True):
    """What an attempt process knows from its host."""

    file: FileRef
    engine: str
    host_pid: int
    plugins_folder: str | None = None
    defaults: dict[str, Any] = {}
    #: Read end of the pipe behind descriptors 1 and 2.
    output: int = -1
    #: Moment before the fork, in nanoseconds since boot; 0 = unknown.
    moment: int = 0


class Life:
    """This process's knowledge of itself; one instance, made before the fork."""

    def __init__(self) -> None:
        self.birth: Birth
        self.log_path = ""
        #: Functions of atexit and finalizers that were there before the DAG file was imported.
        self.exit_functions = (0, 0)


life = Life()

# ---- in the host, before the fork --------------------------------------------------------------------------


def prepare(birth: Birth) -> None:
    """Set up what all attempts of a host share, so that none has to."""
    life.birth = birth
    signal.signal(system.HOST_DIED, _host_died)


def count_exit_functions() -> None:
    """Remember what is registered to run at exit; only what user code adds must run at an attempt's end."""
    life.exit_functions = _exit_functions()


def first_words(birth: Birth, pid: int = 0) -> bytes:
    """The frame with which the attempt presents itself; without a pid the engine asks the kernel for it."""
    return pack(Ready(pid=pid, pid_birth=system.to_ticks(birth.moment), host_pid=birth.host_pid))


def load_runners() -> tuple[Runner, Runner]:
    """The functions that carry out a TaskOrder and a CallbackOrder."""
    from ostro.runtime.run_task import run_callback, run_task

    if "OSTRO_TEST_TIME" in os.environ:
        from ostro.runtime.moved_time import following

        return following(run_task), following(run_callback)
    return run_task, run_callback


# ---- the life of an attempt --------------------------------------------------------------------------------


def live(
    birth: Birth, loaded: Any, runners: tuple[Runner, Runner], sock: socket.socket, words: bytes
) -> NoReturn:
    """Connect, wait for an order, carry it out, end the process. The first thing that a fork does."""
    code = CANNOT_START
    pid = os.getpid()
    try:
        code = _wait_and_work(birth, loaded, runners, sock, words)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        # A defect of ours, or a signal before user code was reached: into the raw output, which ends in the log.
        traceback.print_exc(file=sys.__stderr__)
    finally:
        if os.getpid() != pid:
            # A fork made by user code came back through our frames: it must not act as the attempt.
            os._exit(0)
        _end(code)


def _wait_and_work(
    birth: Birth, loaded: Any, runners: tuple[Runner, Runner], sock: socket.socket, words: bytes
) -> int:
    if not birth.moment or time.clock_gettime_ns(BOOT_CLOCK) - birth.moment > FRESH:
        # Forked too long ago for the host's reading to count as the start time: the kernel knows it exactly.
        words = _exact_words(birth)
    try:
        sock.connect(birth.engine)
        sock.send(words)
        data = sock.recv(CHUNK)
    except OSError:
        return 0  # the engine is gone; nobody waits for this process
    order = _order(data, sock)
    if order is None:
        return 0
    path = life.log_path = order.log_path
    # Never fails: this process holds a read end of the pipe itself, and it is empty.
    os.write(2, raw_output.LOG + path.encode("utf-8", "surrogateescape") + raw_output.STOP)
    if os.getppid() != birth.host_pid:
        _host_died(0, None)
    is_callback = isinstance(order, CallbackOrder)
    log = TaskLog(path, part="callback" if is_callback else "")
    runners[is_callback](order, loaded, Channel(birth.engine, sock), log)
    return 0


def _order(data: bytes, sock: socket.socket) -> TaskOrder | CallbackOrder | None:
    if len(data) > HEAD and len(data) == HEAD + int.from_bytes(data[:HEAD], "big"):
        # The whole frame at once, as it is nearly always: nothing but the decoder is needed.
        message = _decode(data[HEAD:])
    else:
        message = _collect(data, sock)
    return None if isinstance(message, Leave) else message


def _collect(data: bytes, sock: socket.socket) -> Any:
    unpacker = Unpacker(ToProcess)
    while data:
        for message in unpacker.feed(data):
            return message
        data = sock.recv(CHUNK)
    return None


def _exact_words(birth: Birth) -> bytes:
    pid = os.getpid()
    return pack(Ready(pid=pid, pid_birth=system.birth(pid), host_pid=birth.host_pid))


def _host_died(signum: int, frame: FrameType | None) -> None:
    """The nursery or the engine says that the host is dead: nobody reads the pipe of raw output any more.

    A warm process does nothing: the engine sends it away.
    """
    birth = life.birth
    if life.log_path and os.getppid() != birth.host_pid:
        signal.signal(system.HOST_DIED, signal.SIG_IGN)
        raw_output.take_over(birth.output, life.log_path)


# ---- the end -----------------------------------------------------------------------------------------------


def _end(code: int) -> NoReturn:
    """What an interpreter does at its end and forks do not: functions of atexit, for a bounded time.

    Nothing is left to flush: the interpreter of nursery and attempts runs unbuffered.
    """
    try:
        if _exit_functions() != life.exit_functions:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, ATEXIT_SECONDS)
            atexit._run_exitfuncs()
        if raw_output.own is not None:
            raw_output.own.finish()
    finally:
        os._exit(code)


def _exit_functions() -> tuple[int, int]:
    return atexit._ncallbacks(), len(weakref.finalize._registry)  # type: ignore[attr-defined]


# ---- a fresh interpreter -----------------------------------------------------------------------------------


def main(birth_json: str) -> NoReturn:
    """One attempt of a file that cannot be forked."""
    birth = msgspec.json.decode(birth_json, type=Birth)
    from ostro.runtime.importing import import_file
    from ostro.runtime.warm import warm_up

    warm_up()
    count_exit_functions()
    prepare(birth)
    loaded = import_file(birth.file, birth.engine, birth.plugins_folder, birth.defaults)
    live(birth, loaded, load_runners(), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), b"")


if __name__ == "__main__":
    # Under its own name, so that the module is one and not two.
    from ostro.runtime.attempt import main as _main

    _main(sys.argv[1])
