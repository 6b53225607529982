"""Small functions on values: `airflow.utils.helpers`, `airflow.utils.strings`, `airflow.utils.hashlib_wrapper`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Iterable, Mapping
from itertools import filterfalse, tee
from typing import Any, TypeVar

from ostro.sdk.node import validate_group_key, validate_key
from ostro.sdk.types import ArgNotSet

__all__ = [
    "as_flattened_list",
    "at_most_one",
    "chunks",
    "convert_camel_to_snake",
    "exactly_one",
    "is_container",
    "md5",
    "merge_dicts",
    "parse_template_string",
    "partition",
    "prune_dict",
    "reduce_in_chunks",
    "to_boolean",
    "validate_group_key",
    "validate_key",
]

T = TypeVar("T")


def to_boolean(astring: str | None) -> bool:
    """Whether a text says yes."""
    return astring is not None and astring.strip().lower() in ("true", "t", "yes", "y", "1", "on")


def md5(data: bytes = b"", **kwargs: Any) -> Any:
    """MD5 for what is no secret, also where FIPS rules forbid it otherwise."""
    return hashlib.md5(data, usedforsecurity=False)


def is_container(obj: Any) -> bool:
    """Whether it can be iterated and is no text."""
    return hasattr(obj, "__iter__") and not isinstance(obj, str)


def chunks(items: list[T], chunk_size: int) -> Generator[list[T], None, None]:
    """The list in pieces of this size. Raises ValueError for a size below 1."""
    if chunk_size <= 0:
        raise ValueError("Chunk size must be a positive integer")
    for start in range(0, len(items), chunk_size):
        yield items[start : start + chunk_size]


def reduce_in_chunks(
    fn: Callable[[Any, list[T]], Any], iterable: list[T], initializer: Any, chunk_size: int = 0
) -> Any:
    """Fold a list piece by piece."""
    if not iterable:
        return initializer
    result = initializer
    for chunk in chunks(iterable, chunk_size or len(iterable)):
        result = fn(result, chunk)
    return result


def as_flattened_list(iterable: Iterable[Any]) -> list[Any]:
    """The elements of nested iterables in one list."""
    found: list[Any] = []
    for item in iterable:
        found.extend(as_flattened_list(item) if is_container(item) else [item])
    return found


def merge_dicts(dict1: Mapping[Any, Any], dict2: Mapping[Any, Any]) -> dict[Any, Any]:
    """Both, the second wins; dicts inside are merged too."""
    merged = dict(dict1)
    for key, value in dict2.items():
        known = merged.get(key)
        merged[key] = (
            merge_dicts(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
        )
    return merged


def prune_dict(val: Any, mode: str = "strict") -> Any:
    """Without None (strict), or without anything empty (truthy), inside too."""
    if mode not in ("strict", "truthy"):
        raise ValueError("allowable values for `mode` include 'truthy' and 'strict'")

    def empty(value: Any) -> bool:
        return value is None if mode == "strict" else not bool(value)

    if isinstance(val, Mapping):
        pruned = {k: prune_dict(v, mode) for k, v in val.items() if not empty(v)}
        return {k: v for k, v in pruned.items() if not (isinstance(v, (dict, list)) and not v)}
    if isinstance(val, list):
        kept = [prune_dict(v, mode) for v in val if not empty(v)]
        return [v for v in kept if not (isinstance(v, (dict, list)) and not v)]
    return val


def partition(pred: Callable[[T], bool], iterable: Iterable[T]) -> tuple[Iterable[T], Iterable[T]]:
    """Those for which `pred` is false, and those for which it is true."""
    first, second = tee(iterable)
    return filterfalse(pred, first), filter(pred, second)


def exactly_one(*args: Any) -> bool:
    """Whether one of them is true."""
    if is_container(args[0]):
        raise ValueError(
            "Not supported for iterable args. Use `*` to unpack your iterable in the function call."
        )
    return sum(map(bool, args)) == 1


def at_most_one(*args: Any) -> bool:
    """Whether one or none of them is given and true."""
    return sum(bool(a) and not isinstance(a, ArgNotSet) for a in args) in (0, 1)


def convert_camel_to_snake(camel_str: str) -> str:
    """SomeName as some_name."""
    return re.sub(r"(?!^)([A-Z]+)", r"_\1", camel_str).lower()


def parse_template_string(template_string: str) -> tuple[str | None, Any]:
    """A text with `{{` as a Jinja template, any other as it is."""
    if "{{" not in template_string:
        return template_string, None
    import jinja2

    return None, jinja2.Template(template_string)
