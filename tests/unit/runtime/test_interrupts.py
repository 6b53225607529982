"""Signals that must not tear an exchange with the engine."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from ostro.runtime.interrupts import Interrupts


class Stop(BaseException):
    pass


def stop() -> None:
    raise Stop


@pytest.fixture
def interrupts() -> Interrupts:
    found = Interrupts()
    before = signal.getsignal(signal.SIGUSR1)
    found.on(signal.SIGUSR1, stop)
    yield found
    signal.signal(signal.SIGUSR1, before)


def test_a_signal_raises_at_once(interrupts: Interrupts) -> None:
    with pytest.raises(Stop):
        os.kill(os.getpid(), signal.SIGUSR1)


def test_a_held_section_is_finished_first(interrupts: Interrupts) -> None:
    finished = False
    assert interrupts.hold()
    os.kill(os.getpid(), signal.SIGUSR1)
    finished = True
    with pytest.raises(Stop):
        interrupts.release()
    assert finished


def test_a_long_wait_can_breathe(interrupts: Interrupts) -> None:
    interrupts.hold()
    os.kill(os.getpid(), signal.SIGUSR1)
    with pytest.raises(Stop):
        interrupts.breathe()
    interrupts.release()


def test_other_threads_hold_nothing(interrupts: Interrupts) -> None:
    held: list[bool] = []
    thread = threading.Thread(target=lambda: held.append(interrupts.hold()))
    thread.start()
    thread.join()
    assert held == [False]
