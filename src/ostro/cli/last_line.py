"""The last line of the terminal, written anew while something changes."""

from __future__ import annotations

import sys


class LastLine:
    """The last line of the terminal; a line for each change where there is no terminal."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._shown = ""

    def show(self, text: str) -> None:
        """Replace what the line says."""
        if text == self._shown:
            return
        print(f"\r\x1b[K{text}" if self._terminal else text, end="" if self._terminal else "\n", flush=True)
        self._shown = text

    def end(self) -> None:
        """Leave the line."""
        if self._terminal and self._shown:
            print()
