"""Run a function in a forked process: audit hooks, sys.path and imported modules stay there."""

from __future__ import annotations

import os
import pickle
import traceback
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def in_child(function: Callable[[], T]) -> T:
    """What the function returns. An error in the child is one here, with its traceback as text."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            result: object = (True, function())
        except BaseException:
            result = (False, traceback.format_exc())
        with open(writing, "wb") as out:
            out.write(pickle.dumps(result))
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as answer:
        data = answer.read()
    os.waitpid(pid, 0)
    good, value = pickle.loads(data)
    assert good, value
    return value
