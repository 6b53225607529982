"""Retry policies: whether and when a failed try is tried again, decided by its exception."""

from __future__ import annotations

import datetime as dt
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


class RetryPolicy:
    """Base: subclasses write `evaluate`."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
    ) -> RetryDecision:
        """What becomes of the try that raised."""
        raise NotImplementedError(f"{type(self).__name__} has no evaluate() method")


class RetryRule:
    """One rule of `ExceptionRetryPolicy`: exception classes, or their names with or without module."""

    def __init__(
        self,
        exception: type[BaseException] | str | Sequence[type[BaseException] | str],
        action: RetryAction = RetryAction.RETRY,
        retry_delay: dt.timedelta | None = None,
        reason: str | None = None,
        match_subclasses: bool = True,
    ) -> None:
        single = isinstance(exception, (str, type))
        self.exceptions: tuple[type[BaseException] | str, ...] = (
            (exception,) if single else tuple(exception)  # type: ignore[assignment, arg-type]
        )
        self.action = RetryAction(action)
        self.retry_delay = retry_delay
        self.reason = reason
        self.match_subclasses = match_subclasses

    def matches(self, exception: BaseException) -> bool:
        """Whether the rule is for this exception."""
        kinds = type(exception).__mro__ if self.match_subclasses else (type(exception),)
        names = {n for k in kinds for n in (k.__name__, f"{k.__module__}.{k.__qualname__}")}
        return any(e in names if isinstance(e, str) else e in kinds for e in self.exceptions)


class ExceptionRetryPolicy(RetryPolicy):
    """The first rule that matches decides, else `default`."""

    def __init__(
        self, rules: Sequence[RetryRule] = (), default: RetryAction | RetryDecision = RetryAction.DEFAULT
    ) -> None:
        self.rules = list(rules)
        self.default = default if isinstance(default, RetryDecision) else RetryDecision(default)

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
    ) -> RetryDecision:
        """What the first matching rule says."""
        for rule in self.rules:
            if rule.matches(exception):
                return RetryDecision(rule.action, rule.retry_delay, rule.reason)
        return self.default
