"""The connection to the engine when the engine goes away and comes back."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ostro.errors import BadRequest, OstroError, Superseded
from ostro.protocol import task as p
from ostro.protocol.frames import Unpacker, pack
from ostro.runtime.channel import Channel, EngineGone

RESULT = p.Succeeded(seq=0, end_date=datetime(2024, 1, 1, tzinfo=UTC))


class Listening:
    """An engine that listens at a path, in a thread, one script per connection."""

    def __init__(self, path: Path, scripts: list[Callable[[Connection], None]]) -> None:
        self.path = str(path)
        self.heard: list[list[Any]] = []
        self._scripts = scripts
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(self.path)
        self._server.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for script in self._scripts:
            sock, _ = self._server.accept()
            with sock:
                heard: list[Any] = []
                self.heard.append(heard)
                script(Connection(sock, heard))

    def done(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._server.close()


class Connection:
    def __init__(self, sock: socket.socket, heard: list[Any]) -> None:
        self._sock = sock
        self._heard = heard
        self._unpacker = Unpacker(p.FromProcess)

    def hear(self, count: int) -> Any:
        """Messages until `count` were heard; the last one."""
        while len(self._heard) < count:
            self._heard += self._unpacker.feed(self._sock.recv(65536))
        return self._heard[-1]

    def say(self, message: Any) -> None:
        self._sock.sendall(pack(message))


def test_a_broken_connection_is_resumed_and_the_result_repeated(tmp_path: Path) -> None:
    def dies(c: Connection) -> None:
        c.hear(2)

    def answers(c: Connection) -> None:
        c.say(p.Done(seq=c.hear(2).seq, state="success"))

    engine = Listening(tmp_path / "s", [dies, answers])
    channel = Channel(engine.path, patience=30)
    channel.attempt_id = "a-1"

    done = channel.report(RESULT)

    engine.done()
    assert done.state == "success"
    for resume, result in engine.heard:
        assert (resume.attempt_id, resume.pid) == ("a-1", os.getpid())
        assert isinstance(result, p.Succeeded) and result.attempt_id == "a-1"


def test_a_late_answer_to_an_earlier_question_is_left_out(tmp_path: Path) -> None:
    def script(c: Connection) -> None:
        seq = c.hear(1).seq
        c.say(p.Value(seq=seq - 1, data="late"))
        c.say(p.Value(seq=seq, data="right"))

    engine = Listening(tmp_path / "s", [script])

    answer = Channel(engine.path).ask(p.GetVariable(seq=0, key="k"))

    assert isinstance(answer, p.Value) and answer.data == "right"


@pytest.mark.parametrize(("code", "error"), [(410, Superseded), (422, BadRequest)])
def test_a_refused_result_raises(tmp_path: Path, code: int, error: type[OstroError]) -> None:
    engine = Listening(tmp_path / "s", [lambda c: c.say(p.Refused(seq=c.hear(1).seq, code=code, text="no"))])

    with pytest.raises(error, match="no"):
        Channel(engine.path).report(RESULT)


def test_patience_ends(tmp_path: Path) -> None:
    with pytest.raises(EngineGone, match="no engine"):
        Channel(str(tmp_path / "nobody"), patience=0.05).ask(p.GetVariable(seq=0, key="k"))


def test_threads_share_a_connection(tmp_path: Path) -> None:
    def echo(c: Connection) -> None:
        for n in range(1, 41):
            question = c.hear(n)
            c.say(p.Value(seq=question.seq, data=question.key))

    engine = Listening(tmp_path / "s", [echo])
    channel = Channel(engine.path)
    got: dict[str, Any] = {}

    def ask(key: str) -> None:
        got[key] = channel.ask(p.GetVariable(seq=0, key=key)).data  # type: ignore[union-attr]

    threads = [threading.Thread(target=ask, args=(f"k{i}",)) for i in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert got == {f"k{i}": f"k{i}" for i in range(40)}


def test_a_fork_of_the_task_has_no_connection() -> None:
    ours, theirs = socket.socketpair()
    channel = Channel("/nowhere", theirs)
    pid = os.fork()
    if not pid:
        code = 1
        try:
            channel.ask(p.GetVariable(seq=0, key="k"))
        except OstroError:
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    ours.settimeout(0.05)
    with pytest.raises(TimeoutError):
        ours.recv(1)  # the parent's end is still open
    channel.close()
    assert ours.recv(1) == b""
    ours.close()
