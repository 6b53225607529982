"""EmptyOperator: does nothing; it orders and groups other tasks."""

from __future__ import annotations

from typing import Any

from ostro.sdk.baseoperator import BaseOperator


class EmptyOperator(BaseOperator):
    """Does nothing. Without callbacks and assets the engine completes it without a process."""

    ui_color = "#e8f7e4"
    _is_empty = True

    def execute(self, context: Any) -> None:
        """Nothing."""
