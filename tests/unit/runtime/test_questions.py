"""A question that no engine can read is an error of the task, not a wait without end."""

from __future__ import annotations

import pytest

from ostro.errors import BadRequest
from ostro.protocol.frames import pack
from ostro.protocol.task import GetVariable
from ostro.runtime.channel import _check


def test_a_value_of_the_wrong_type_is_named() -> None:
    wrong = GetVariable(seq=1, key=None)  # type: ignore[arg-type]
    with pytest.raises(BadRequest, match=r"GetVariable cannot be asked so: .*key"):
        _check(wrong, pack(wrong))
    right = GetVariable(seq=1, key="a")
    _check(right, pack(right))
