"""A small fork server for parse processes: one child per order, and word of its end.

Owns forking, killing and reaping. Refuses reading what a child says: each child has a socket of its own, which came
with its order. It ends when the control socket closes, and takes its children along.

The nursery forks one (`serve`); where there is no nursery the loader starts one as a program
(`python -m ostro.runtime.parse_server --control FD`).
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import resource
import select
import signal
import socket
import sys
import traceback
from collections import deque
from collections.abc import Callable
from typing import NoReturn

from ostro.protocol.frames import Unpacker, pack
from ostro.protocol.parse import ParseBegun, ParseEnded, ParseKill, ParseOrder
from ostro.runtime import system
from ostro.runtime.lessons import Lessons

#: Badness for the kernel's out-of-memory killer: parse processes go before anything else, and are only started again.
OOM_SCORE = 900
#: Orders whose descriptors arrive in one read.
MOST_DESCRIPTORS = 64


#: The whole life of a child.
Child = Callable[[ParseOrder, socket.socket, Lessons], NoReturn]


def serve(control: socket.socket, child: Child) -> int:
    """Serve until the other end of `control` closes. Returns the exit code."""
    return _Server(control, child).run()


class _Server:
    def __init__(self, control: socket.socket, child: Child) -> None:
        self._control = control
        self._child = child
        self._unpacker = Unpacker(ParseOrder | ParseKill)
        #: Descriptors in the order of their ParseOrder frames.
        self._descriptors: deque[int] = deque()
        #: Job numbers by process id.
        self._jobs: dict[int, int] = {}
        #: Orders that wait for a process to end.
        self._waiting: deque[tuple[ParseOrder, int]] = deque()
        self._lessons = Lessons()
        self._rehearsed = False

    def run(self) -> int:
        # Children inherit both.
        system.prefer_as_oom_victim(OOM_SCORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        # The handler only makes the wakeup descriptor work.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        # Ctrl-C in a terminal is the loader's to handle; it closes the control socket.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            while True:
                waited = [self._control.fileno(), woken, self._lessons.fileno]
                ready, _, _ = select.select(waited, [], [])
                if woken in ready:
                    os.read(woken, 4096)
                    self._reap()
                    self._take_waiting()
                if self._lessons.fileno in ready:
                    self._lessons.learn()
                if self._control.fileno() in ready and not self._receive():
                    return 0
        finally:
            for pid in self._jobs:
                _kill(pid)

    def _receive(self) -> bool:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, 1 << 18, MOST_DESCRIPTORS)
        except ConnectionResetError:
            # The loader left while word of an ended child was on its way.
            return False
        self._descriptors.extend(descriptors)
        if not data:
            return False
        for message in self._unpacker.feed(data):
            if isinstance(message, ParseOrder):
                self._take(message, self._descriptors.popleft())
            else:
                self._end(message.job)
        return True

    def _take(self, order: ParseOrder, descriptor: int) -> None:
        if order.at_once and len(self._jobs) >= order.at_once:
            self._waiting.append((order, descriptor))
        else:
            self._fork(order, descriptor)

    def _take_waiting(self) -> None:
        while self._waiting and len(self._jobs) < self._waiting[0][0].at_once:
            order, descriptor = self._waiting.popleft()
            self._fork(order, descriptor)

    def _end(self, job: int) -> None:
        for pid, running in self._jobs.items():
            if running == job:
                _kill(pid)
        for waiting in [w for w in self._waiting if w[0].job == job]:
            self._waiting.remove(waiting)
            os.close(waiting[1])
            self._say(ParseEnded(job=job))

    def _fork(self, order: ParseOrder, descriptor: int) -> None:
        try:
            pid = os.fork()
        except OSError:
            os.close(descriptor)
            self._say(ParseEnded(job=order.job))
            return
        if pid:
            os.close(descriptor)
            self._jobs[pid] = order.job
            if order.ahead:
                self._say(ParseBegun(job=order.job))
            if not self._rehearsed:
                # While the first child is at work, which does not profit.
                self._rehearse()
            return
        self._control.close()
        for other in (*self._descriptors, *(d for _, d in self._waiting)):
            os.close(other)
        self._child(order, socket.socket(fileno=descriptor), self._lessons)

    def _rehearse(self) -> None:
        from ostro.runtime.rehearsal import rehearse

        self._rehearsed = True
        try:
            rehearse()
        except Exception:
            # Only speed is lost; the log of this process keeps why.
            traceback.print_exc()
        gc.collect()
        gc.freeze()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            job = self._jobs.pop(pid, None)
            if job is not None:
                # What the file left running goes too. Numbers are given out in turn, so this one is not another's yet.
                _kill_group(pid)
                self._say(ParseEnded(job=job, status=status))

    def _say(self, message: ParseBegun | ParseEnded) -> None:
        with contextlib.suppress(BrokenPipeError):
            # The loader left; the next read of the control socket finds that out.
            self._control.sendall(pack(message))


def _kill(pid: int) -> None:
    """SIGKILL to the child and all that it started."""
    _kill_group(pid)
    # It may not lead a group yet. As its parent we have not reaped it, so the number is still its own.
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def main(arguments: list[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m ostro.runtime.parse_server")
    parser.add_argument("--control", type=int, required=True, help="descriptor of the socket to the loader")
    options = parser.parse_args(arguments)
    from ostro.runtime.parse import parse_child

    gc.collect()
    gc.freeze()
    return serve(socket.socket(fileno=options.control), parse_child)


if __name__ == "__main__":
    sys.exit(main())
