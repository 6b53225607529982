"""`ostro logout`."""

from __future__ import annotations

from ostro.cli.login import leave as command

__all__ = ["command"]
