"""What an attempt changes in a process that goes on after it."""

from __future__ import annotations

import os
import signal

import pytest

from ostro.runtime.borrowed import borrowed_process
from ostro.runtime.interrupts import interrupts


def test_environment_and_handlers_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "before")
    monkeypatch.setenv("GONE", "before")
    before = dict(os.environ), signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGALRM)
    with pytest.raises(ValueError, match="user code"):
        _attempt()
    assert (dict(os.environ), signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGALRM)) == before


def _attempt() -> None:
    with borrowed_process():
        os.environ.update(KEPT="after", MADE="after")
        del os.environ["GONE"]
        interrupts.off(signal.SIGTERM, signal.SIG_IGN)
        interrupts.on(signal.SIGALRM, list)
        raise ValueError("user code")
