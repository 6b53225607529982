"""One option: how it is declared, read from text, and shown."""

from __future__ import annotations

import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

_TRUE = frozenset({"t", "true", "1", "yes", "on"})
_FALSE = frozenset({"f", "false", "0", "no", "off"})
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")


@dataclass(frozen=True, kw_only=True)
class Option:
    """An option as declared in a section class."""

    section: str
    key: str
    #: bool, int, float, str, Path or tuple (texts between commas).
    kind: type
    #: Empty text means None.
    optional: bool
    #: As it would stand in ostro.cfg; `{home}` is the folder of Ostro's state.
    default: str
    description: str
    unit: str = ""
    #: Names of the same option in Airflow, "section.key", the newest first.
    airflow: tuple[str, ...] = ()
    #: False: Airflow's name counts in the environment, not in airflow.cfg.
    airflow_file: bool = True
    #: Never shown.
    secret: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    #: Turns the text into another one that is used, or raises ValueError with what is allowed.
    check: Callable[[str], str] | None = None

    @property
    def name(self) -> str:
        """ "section.key"."""
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return f"OSTRO__{self.section.upper()}__{self.key.upper()}"

    @property
    def type_name(self) -> str:
        """The type in words."""
        words = {bool: "true or false", int: "whole number", float: "number", Path: "path", tuple: "list"}
        text = " or ".join(self.choices) or words.get(self.kind, "text")
        return f"{text}, may be empty" if self.optional else text

    @property
    def allowed(self) -> str:
        """What may be given, for an error sentence."""
        words = {bool: "true or false", int: "a whole number", float: "a number", Path: "a path"}
        text = f"one of {', '.join(self.choices)}" if self.choices else words.get(self.kind, "text")
        if self.minimum is not None and self.maximum is not None:
            text += f" from {self.minimum:g} to {self.maximum:g}"
        elif self.minimum is not None:
            text += f" of at least {self.minimum:g}"
        return text + (", or nothing" if self.optional else "")

    def parse(self, text: str, environ: Mapping[str, str], folder: Path) -> Any:
        """The value of a text; relative paths count from `folder`. Raises ValueError with what is allowed."""
        text = text.strip()
        if not text:
            if self.optional:
                return None
            if self.kind is tuple:
                return ()
            if self.kind is str and not self.default:
                return ""
            raise ValueError(self.allowed)
        if self.check is not None:
            text = self.check(text)
        if self.choices and text not in self.choices:
            raise ValueError(self.allowed)
        return self._value(text, environ, folder)

    def _value(self, text: str, environ: Mapping[str, str], folder: Path) -> Any:
        if self.kind is bool:
            word = text.lower()
            if word in _TRUE or word in _FALSE:
                return word in _TRUE
            raise ValueError(self.allowed)
        if self.kind is int or self.kind is float:
            return self._number(text)
        if self.kind is Path:
            return folder.absolute() / expand(text, environ)
        if self.kind is tuple:
            return tuple(part.strip() for part in text.split(",") if part.strip())
        return text

    def _number(self, text: str) -> float:
        try:
            number: float = self.kind(text)
        except ValueError:
            raise ValueError(self.allowed) from None
        too_small = self.minimum is not None and number < self.minimum
        too_large = self.maximum is not None and number > self.maximum
        if too_small or too_large or not math.isfinite(number):
            raise ValueError(self.allowed)
        return number


def option(default: str, description: str, **more: Any) -> Any:
    """Declare a field of a section class as an option; `more` are fields of `Option`."""
    # A secret must not reach a log by way of the section's repr.
    return field(
        repr=not more.get("secret", False),
        metadata={"option": {"default": default, "description": description, **more}},
    )


def options_of(section: str, cls: type) -> tuple[Option, ...]:
    """The options that a section class declares."""
    hints = typing.get_type_hints(cls)
    return tuple(_option(section, each, hints[each.name]) for each in fields(cls))


def expand(text: str, environ: Mapping[str, str]) -> str:
    """A text with `$NAME` and `${NAME}` of `environ`, and a leading `~`, replaced; unknown names stay."""
    text = _VARIABLE.sub(lambda found: environ.get(found[1] or found[2], found[0]), text)
    if text == "~" or text.startswith("~/"):
        text = environ.get("HOME", str(Path.home())) + text[1:]
    return text


def _option(section: str, declared: Field[Any], hint: Any) -> Option:
    arguments = typing.get_args(hint)
    optional = isinstance(hint, types.UnionType) and type(None) in arguments
    kind = next(each for each in arguments if each is not type(None)) if optional else hint
    return Option(
        section=section,
        key=declared.name,
        kind=typing.get_origin(kind) or kind,
        optional=optional,
        **declared.metadata["option"],
    )
