"""How a task or a task group is multiplied at run time, as far as the engine must know: the lengths.

The values themselves stay in the process that runs the instance; the engine needs only how many there are and
which upstream tasks they come from.
"""

from __future__ import annotations

from typing import Literal as OneOf

import msgspec


class Literal(msgspec.Struct, frozen=True, tag="literal", tag_field="type", omit_defaults=True):
    """A list or dict written in the DAG file."""

    length: int


class FromXCom(msgspec.Struct, frozen=True, tag="xcom", tag_field="type", omit_defaults=True):
    """The XCom of an upstream task. Mapped upstream: as long as its instances with a value."""

    task_id: str
    key: str = "return_value"


class Mapped(msgspec.Struct, frozen=True, tag="map", tag_field="type"):
    """`xcom.map(f)`: as long as its source."""

    of: MapInput


class Zipped(msgspec.Struct, frozen=True, tag="zip", tag_field="type", omit_defaults=True):
    """`xcom.zip(...)`: as long as the shortest, or the longest when a fill value was given."""

    of: tuple[MapInput, ...]
    fill: bool = False


class Concat(msgspec.Struct, frozen=True, tag="concat", tag_field="type"):
    """`xcom.concat(...)`: as long as all together."""

    of: tuple[MapInput, ...]


MapInput = Literal | FromXCom | Mapped | Zipped | Concat


class Expansion(msgspec.Struct, frozen=True, omit_defaults=True):
    """`expand(...)` or `expand_kwargs(...)` of a task or group.

    `expand`: the number of instances is the product of the inputs' lengths, the last name varies fastest.
    `expand_kwargs`: exactly one input, named "kwargs".
    """

    kind: OneOf["expand", "expand_kwargs"]
    inputs: dict[str, MapInput]
