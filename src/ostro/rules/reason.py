"""A reason: a code for programs and one sentence for people."""

from __future__ import annotations

import msgspec


class Reason(msgspec.Struct, frozen=True):
    """Why something is as it is. `code` is stable ("trigger_rule", "pool_full" …), `text` is one sentence."""

    code: str
    text: str
    #: Instances that it is about, in the order of the DAG: (task id, map index, state).
    about: tuple[tuple[str, int, str], ...] = ()
