"""BaseBranchOperator: base of operators that choose which tasks after them run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.skipmixin import BranchMixIn


class BaseBranchOperator(BaseOperator, BranchMixIn):
    """Subclasses write `choose_branch(context)`: ids of tasks or groups right after this one; the others are skipped."""

    def choose_branch(self, context: Any) -> str | Iterable[str] | None:
        """The id or ids to follow, None for nothing."""
        raise NotImplementedError(f"{type(self).__name__} has no choose_branch() method")

    def execute(self, context: Any) -> Any:
        """Choose and skip the rest."""
        return self.do_branch(context, self.choose_branch(context))
