"""`.airflowignore`: which files and folders are left alone.

Source of the rules: Airflow's page on DAG files ("Ignoring files"). The syntax is `glob` (as in .gitignore: the last
pattern that matches decides, `!` takes back, a pattern with a slash is anchored at the file's folder) or `regexp`
(searched in the path below the file's folder). A file speaks for its own folder and all below.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    # At run time imported when there is an ignore file to read: most folders have none.
    from pathspec import GitIgnoreSpec

#: Name of the file.
FILE_NAME = ".airflowignore"

Syntax = Literal["glob", "regexp"]


class _Level(msgspec.Struct, frozen=True):
    """The patterns of one .airflowignore."""

    #: Folder of the file, relative to the bundle, ending in a slash; "" for the bundle itself.
    base: str
    globs: GitIgnoreSpec | None = None
    expressions: tuple[re.Pattern[str], ...] = ()

    def verdict(self, path: str, *, is_folder: bool) -> bool | None:
        """True = ignored, False = taken back, None = not concerned."""
        inside = path.removeprefix(self.base)
        if self.globs is not None:
            return self.globs.check_file(inside + "/" if is_folder else inside).include
        return True if any(e.search(inside) for e in self.expressions) else None


class Rules(msgspec.Struct, frozen=True):
    """The patterns that hold in one folder: its own and those of the folders above."""

    levels: tuple[_Level, ...] = ()
    #: Lines that are no pattern: a sentence for people each.
    complaints: tuple[str, ...] = ()

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether the path (relative to the bundle) is left alone."""
        for level in reversed(self.levels):
            verdict = level.verdict(path, is_folder=is_folder)
            if verdict is not None:
                return verdict
        return False

    def below(self, base: str, text: str, syntax: Syntax) -> Rules:
        """These rules and those of a .airflowignore in the folder `base` (relative; "" = the bundle)."""
        folder = base + "/" if base else ""
        level, complaints = _read(folder, text.splitlines(), syntax)
        return Rules((*self.levels, level), (*self.complaints, *complaints))


def _read(base: str, lines: Iterable[str], syntax: Syntax) -> tuple[_Level, list[str]]:
    complaints: list[str] = []
    name = os.path.join(base, FILE_NAME)
    if syntax == "glob":
        from pathspec import GitIgnoreSpec

        good = []
        for line in lines:
            try:
                GitIgnoreSpec.from_lines([line])
            except ValueError as e:
                complaints.append(f"{name}: {line.strip()!r} is no pattern: {e}")
            else:
                good.append(line)
        return _Level(base, globs=GitIgnoreSpec.from_lines(good)), complaints
    expressions = []
    for line in lines:
        pattern = re.sub(r"\s*#.*", "", line).strip()
        if not pattern:
            continue
        try:
            expressions.append(re.compile(pattern))
        except re.error as e:
            complaints.append(f"{name}: {pattern!r} is no regular expression: {e}")
    return _Level(base, expressions=tuple(expressions)), complaints
