"""Retry policies: whether and when a failed try is tried again, decided by its exception."""

from __future__ import annotations

import datetime as dt
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import StrEnum
from typing import Any


class RetryAction(StrEnum):
    """What becomes of a failed try."""

    RETRY = "retry"
    FAIL = "fail"
    #: As the task's own retries say.
    DEFAULT = "default"


class RetryDecision:
    """The answer of a policy: the action, and perhaps another delay and the reason."""

    def __init__(
        self,
        action: RetryAction = RetryAction.DEFAULT,
        retry_delay: dt.timedelta | None = None,
        reason: str | None = None,
    ) -> None:
        self.action = RetryAction(action)
        self.retry_delay = retry_delay
        self.reason = reason

    @classmethod
    def retry(cls, retry_delay: dt.timedelta | None = None, reason: str | None = None) -> RetryDecision:
        """Try again."""
        return cls(RetryAction.RETRY, retry_delay, reason)

    @classmethod
    def fail(cls, reason: str | None = None) -> RetryDecision:
        """Fail now."""
        return cls(RetryAction.FAIL, None, reason)

    @classmethod
    def default(cls) -> RetryDecision:
        """As the task's own retries say."""
        return cls()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RetryDecision) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.action, self.retry_delay, self.reason))

    def __repr__(self) -> str:
        return f"RetryDecision({self.action.value!r}, {self.retry_delay!r}, {self.reason!r})"


class RetryPolicy(ABC):
    """Base: subclasses write `evaluate`. Asked in the process of the task, of failures that may be tried again."""

    @abstractmethod
    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
    ) -> RetryDecision:
        """What becomes of the try that raised."""

    def serialize(self) -> dict[str, Any]:
        """The policy as JSON, for screens."""
        return {"type": f"{type(self).__module__}.{type(self).__qualname__}"}


class RetryRule:
    """One rule of `ExceptionRetryPolicy`: an exception class or its dotted path, or several of them."""

    def __init__(
        self,
        exception: type[BaseException] | str | Sequence[type[BaseException] | str],
        action: RetryAction = RetryAction.RETRY,
        retry_delay: dt.timedelta | None = None,
        reason: str | None = None,
        match_subclasses: bool = True,
    ) -> None:
        """Raises ValueError for a name that is no dotted path."""
        self.exception = exception
        single = isinstance(exception, (str, type))
        self.exceptions: tuple[type[BaseException] | str, ...] = (
            (exception,) if single else tuple(exception)  # type: ignore[assignment, arg-type]
        )
        for one in self.exceptions:
            if isinstance(one, str) and "." not in one:
                raise ValueError(
                    f"the exception of a RetryRule is a class or a dotted path such as builtins.ValueError, not {one!r}"
                )
        self.action = RetryAction(action)
        self.retry_delay = retry_delay
        self.reason = reason
        self.match_subclasses = match_subclasses

    def matches(self, exception: BaseException) -> bool:
        """Whether the rule is for this exception."""
        kinds = type(exception).__mro__ if self.match_subclasses else (type(exception),)
        names = {f"{k.__module__}.{k.__qualname__}" for k in kinds}
        return any(
            (e in names or _named(e) in kinds) if isinstance(e, str) else e in kinds for e in self.exceptions
        )


class ExceptionRetryPolicy(RetryPolicy):
    """The first rule that matches decides, else `default`."""

    def __init__(
        self, rules: Sequence[RetryRule] = (), default: RetryAction | RetryDecision = RetryAction.DEFAULT
    ) -> None:
        self.rules = list(rules)
        self.default = default if isinstance(default, RetryDecision) else RetryAction(default)

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
    ) -> RetryDecision:
        """What the first matching rule says."""
        for rule in self.rules:
            if rule.matches(exception):
                reason = rule.reason or f"Matched rule for {type(exception).__name__}"
                return RetryDecision(rule.action, rule.retry_delay, reason)
        return self.default if isinstance(self.default, RetryDecision) else RetryDecision(self.default)


def _named(path: str) -> Any:
    """What a dotted path names among the modules that are loaded; an exception that was raised is of one of them."""
    module, _, name = path.rpartition(".")
    return getattr(sys.modules.get(module), name, None)
