"""`airflow.utils.json`: JSON encoders and decoders that keep the types of XComs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ostro.sdk import serde


class XComEncoder(json.JSONEncoder):
    """Writes what an XCom can hold."""

    def encode(self, o: Any) -> str:
        """JSON text. Raises TypeError for a type that cannot be written."""
        return super().encode(serde.serialize(o))

    def iterencode(self, o: Any, _one_shot: bool = False) -> Iterator[str]:
        """JSON text in parts."""
        return super().iterencode(serde.serialize(o), _one_shot)


class XComDecoder(json.JSONDecoder):
    """Reads what `XComEncoder` wrote."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("object_hook", self.object_hook)
        super().__init__(*args, **kwargs)

    @staticmethod
    def object_hook(data: dict[str, Any]) -> Any:
        """The value of one JSON object, whose parts were read already."""
        return serde.deserialize(data)


class WebEncoder(json.JSONEncoder):
    """Writes dates in ISO form and anything unknown as text."""

    def default(self, o: Any) -> Any:
        """A value that JSON has no form for."""
        return o.isoformat() if hasattr(o, "isoformat") else str(o)


AirflowJsonEncoder = WebEncoder
