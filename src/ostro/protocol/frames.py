"""Length-prefixed msgpack frames. No I/O: bytes in, messages out."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

_LENGTH = struct.Struct(">I")
#: A longer frame is a defect or an attack; XComs of this size do not belong in a database.
MAX_FRAME = 1 << 30
#: The extension of msgpack that holds an integer beyond 64 bits: its bytes, the highest first, signed.
_BIG_INTEGER = 1


def _plain(value: Any) -> datetime:
    """Subclasses of datetime (pendulum's) as the datetime they are; user code hands them over."""
    if isinstance(value, datetime):
        return datetime(
            value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond,
            tzinfo=value.tzinfo, fold=value.fold,
        )  # fmt: skip
    raise NotImplementedError(f"a {type(value).__name__} cannot be sent")


_encoder = msgspec.msgpack.Encoder(enc_hook=_plain)


def pack(message: msgspec.Struct) -> bytes:
    """One message as a frame. Raises OverflowError for an integer beyond 64 bits."""
    return _framed(_encoder.encode(message))


def pack_any(message: msgspec.Struct) -> bytes:
    """Like `pack`, and integers may be of any size: JSON that people gave (conf, an event's extra) has such too.

    What the engine says is packed so, for what stands in the database must not end it.
    """
    try:
        return pack(message)
    except OverflowError:
        plain = msgspec.to_builtins(message, builtin_types=(bytes, datetime), enc_hook=_plain)
        return _framed(_encoder.encode(_with_big_integers(plain)))


def _framed(body: bytes) -> bytes:
    return _LENGTH.pack(len(body)) + body


def _with_big_integers(value: Any) -> Any:
    """The value with integers that msgpack does not have as extensions of it."""
    if isinstance(value, dict):
        return {key: _with_big_integers(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_big_integers(each) for each in value]
    if isinstance(value, int) and value.bit_length() > 63:
        data = value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)
        return msgspec.msgpack.Ext(_BIG_INTEGER, data)
    return value


def _extension(code: int, data: memoryview) -> Any:
    if code != _BIG_INTEGER:
        raise msgspec.DecodeError(f"an extension {code} of msgpack")
    return int.from_bytes(data, "big", signed=True)


@cache
def decoder(types: Any) -> msgspec.msgpack.Decoder[Any]:
    """The decoder of a union of messages. Building one takes a millisecond: once per process, before it forks."""
    return msgspec.msgpack.Decoder(types, ext_hook=_extension)


class Unpacker:
    """Collects bytes and yields whole messages of the given union type."""

    def __init__(self, types: Any) -> None:
        self._decoder = decoder(types)
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """Yield every message completed by `data`. Raises msgspec.DecodeError on garbage."""
        buffer = self._buffer
        buffer += data
        start = 0
        try:
            while len(buffer) - start >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(buffer, start)
                if length > MAX_FRAME:
                    raise msgspec.DecodeError(f"a frame of {length} bytes")
                end = start + _LENGTH.size + length
                if len(buffer) < end:
                    break
                body = bytes(memoryview(buffer)[start + _LENGTH.size : end])
                start = end
                yield self._decoder.decode(body)
        finally:
            del buffer[:start]
