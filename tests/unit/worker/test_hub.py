"""Connections of the hub: what a slow peer does not take waits its turn, descriptors with it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ostro.protocol.frames import Unpacker
from ostro.protocol.worker import OpenParser, Ping, ToNursery
from ostro.worker.hub import Connection, Hub


class Nobody:
    def heard(self, connection: Connection, message: Any) -> None: ...

    def left(self, connection: Connection) -> None: ...


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Hub, Connection, socket.socket]]:
    hub = Hub(str(tmp_path / "engine.sock"))
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    yield hub, hub.adopt(ours, ToNursery, Nobody()), theirs
    hub.close()
    theirs.close()


def received(hub: Hub, theirs: socket.socket, wanted: int) -> tuple[list[Any], list[int]]:
    unpacker = Unpacker(ToNursery)
    messages: list[Any] = []
    descriptors: list[int] = []
    theirs.settimeout(10)
    while len(messages) < wanted:
        hub.pump()
        data, fds, _, _ = socket.recv_fds(theirs, 1 << 16, 16)
        descriptors += fds
        messages += list(unpacker.feed(data))
    return messages, descriptors


def test_a_descriptor_waits_behind_what_was_said_before_it(
    pair: tuple[Hub, Connection, socket.socket],
) -> None:
    hub, connection, theirs = pair
    said = 0
    while not connection._out:
        connection.send(Ping(seq=said))
        said += 1
    pipes = [os.pipe() for _ in range(2)]
    for number, (read, write) in enumerate(pipes):
        os.write(write, b"%d" % number)
        os.close(write)
        assert connection.send_with_descriptor(OpenParser(), read)
        connection.send(Ping(seq=1000 + number))

    messages, descriptors = received(hub, theirs, said + 4)

    assert [m.seq for m in messages[:said]] == list(range(said))
    assert [type(m) for m in messages[said:]] == [OpenParser, Ping, OpenParser, Ping]
    assert [os.read(fd, 9) for fd in descriptors] == [b"0", b"1"]
    for fd in descriptors:
        os.close(fd)


def test_descriptors_that_cannot_be_sent_are_closed(pair: tuple[Hub, Connection, socket.socket]) -> None:
    _, connection, theirs = pair
    while not connection._out:
        connection.send(Ping(seq=1))
    read, write = os.pipe()
    connection.send_with_descriptor(OpenParser(), read)
    connection.close()
    with pytest.raises(BrokenPipeError):
        os.write(write, b"x")
    os.close(write)
    read, write = os.pipe()
    assert not connection.send_with_descriptor(OpenParser(), read)
    with pytest.raises(BrokenPipeError):
        os.write(write, b"x")
    os.close(write)
    theirs.close()
