"""BaseSensorOperator: a task that waits until `poke` says yes.

In mode "poke" it keeps its slot and sleeps between checks; in mode "reschedule" it gives the slot back and is started
again for each check. The timeout counts from the first check; in mode "reschedule" over retries too.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import time
from collections.abc import Callable
from typing import Any, ClassVar

from ostro.sdk import timezone
from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTimeout,
    TaskDeferralError,
    TaskDeferralTimeout,
)
from ostro.sdk.skipmixin import SkipMixin

Seconds = float | int | dt.timedelta

#: Longest exponent of the backoff: 2**31 seconds is enough.
_MOST_DOUBLINGS = 31


class PokeReturnValue:
    """What `poke` may give instead of true or false: `xcom_value` becomes the result of the sensor."""

    def __init__(self, is_done: bool, xcom_value: Any = None) -> None:
        self.is_done = is_done
        self.xcom_value = xcom_value

    def __bool__(self) -> bool:
        return self.is_done


class BaseSensorOperator(BaseOperator, SkipMixin):
    """Base of sensors. Durations are seconds or timedelta."""

    ui_color = "#e6f1f2"
    valid_modes: ClassVar[tuple[str, ...]] = ("poke", "reschedule")
    # It has SkipMixin only for subclasses that branch.
    inherits_from_skipmixin = False
    is_sensor = True

    def __init__(
        self,
        *,
        poke_interval: Seconds = 60,
        timeout: Seconds | None = None,
        soft_fail: bool = False,
        mode: str = "poke",
        exponential_backoff: bool = False,
        max_wait: Seconds | None = None,
        silent_fail: bool = False,
        never_fail: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if timeout is None:
            from ostro.sdk.conf import conf

            timeout = conf.getfloat("sensors", "default_timeout")
        self.poke_interval = _seconds("poke_interval", poke_interval)
        self.timeout = _seconds("timeout", timeout)
        self.soft_fail = soft_fail
        self.mode = mode
        self.exponential_backoff = exponential_backoff
        self.max_wait = None if max_wait is None else _seconds("max_wait", max_wait)
        if soft_fail and never_fail:
            raise ValueError("soft_fail and never_fail are mutually exclusive, you can not provide both.")
        self.silent_fail = silent_fail
        self.never_fail = never_fail
        self._validate_input_values()

    def _validate_input_values(self) -> None:
        if self.mode not in self.valid_modes:
            raise AirflowException(
                f"The mode must be one of {list(self.valid_modes)}, '{self.dag_id}.{self.task_id}'; received '{self.mode}'."
            )
        # In mode reschedule too: a person who writes a negative number made a mistake.
        for name in ("poke_interval", "timeout"):
            if getattr(self, name) < 0:
                raise AirflowException(f"The {name} must be a non-negative number")

    def poke(self, context: Any) -> bool | PokeReturnValue:
        """Whether the thing waited for is there. Subclasses write it."""
        raise NotImplementedError(f"{type(self).__name__} has no poke() method")

    @property
    def reschedule(self) -> bool:
        """Whether the slot is given back between checks."""
        return self.mode == "reschedule"

    # ---- waiting -------------------------------------------------------------------------------------------

    def execute(self, context: Any) -> Any:
        """Wait. Raises AirflowSensorTimeout, AirflowSkipException, AirflowRescheduleException."""
        ti = context["ti"]
        begun = time.monotonic()
        already = self._waited_before(ti) if self.reschedule else 0.0
        attempt = 1 + (ti.reschedule_count if self.reschedule else 0)
        if self.reschedule and attempt > 1:
            self.log.info("Check %d, waiting since %.0f s", attempt, already)
        while True:
            answer = self._poke_once(context)
            if answer:
                self.log.info("Success criteria met. Exiting.")
                return answer.xcom_value if isinstance(answer, PokeReturnValue) else None
            waited = already + time.monotonic() - begun
            if waited > self.timeout:
                self._give_up(
                    f"Sensor has timed out; run duration of {waited:.0f} seconds exceeds the specified timeout of "
                    f"{self.timeout:g}."
                )
            interval = self._get_next_poke_interval(attempt, waited)
            if self.reschedule:
                raise AirflowRescheduleException(timezone.utcnow() + dt.timedelta(seconds=interval))
            time.sleep(interval)
            attempt += 1

    def _waited_before(self, ti: Any) -> float:
        # Over retries too: the engine keeps the first start of the whole series.
        first = ti.first_start_date
        return 0.0 if first is None else max(0.0, (timezone.utcnow() - first).total_seconds())

    def _poke_once(self, context: Any) -> bool | PokeReturnValue:
        try:
            return self.poke(context)
        except (AirflowSensorTimeout, AirflowTaskTimeout, AirflowFailException) as error:
            self._skip_instead(error, soft=True)
            raise
        except AirflowSkipException:
            raise
        except Exception as error:
            if not self.silent_fail:
                self._skip_instead(error, soft=False)
                raise
            self.log.exception("Sensor poke failed; it is tried again")
            return False

    def _skip_instead(self, error: BaseException, *, soft: bool) -> None:
        if soft and self.soft_fail:
            raise AirflowSkipException("Skipping due to soft_fail is set to True.") from error
        if self.never_fail:
            raise AirflowSkipException("Skipping due to never_fail is set to True.") from error

    def _give_up(self, text: str) -> None:
        # As Airflow has it: never_fail forgives what checks raise, not that the time is over.
        if self.soft_fail:
            raise AirflowSkipException(text)
        raise AirflowSensorTimeout(text)

    def _get_next_poke_interval(self, attempt: int, waited: float) -> float:
        """Seconds until the next check; with `exponential_backoff` doubled each time, spread by a hash of the instance."""
        if not self.exponential_backoff:
            return self.poke_interval
        shortest = max(int(self.poke_interval * 2 ** min(attempt - 2, _MOST_DOUBLINGS)), 1)
        seed = f"{self.dag_id}#{self.task_id}#{attempt}#{waited:.0f}"
        spread = int(hashlib.sha1(seed.encode(), usedforsecurity=False).hexdigest(), 16)
        interval = float(shortest + spread % shortest)
        interval = min(interval, max(self.timeout - waited, 1.0)) if self.timeout else interval
        if self.max_wait is not None:
            interval = min(self.max_wait, interval)
        self.log.info("next check in %.0f s", interval)
        return interval

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        """Go on after a deferral; its failures are those of a sensor."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except TaskDeferralTimeout as error:
            self._skip_instead(error, soft=True)
            raise AirflowSensorTimeout(*error.args) from error
        except (AirflowException, TaskDeferralError) as error:
            if isinstance(error, (AirflowSkipException, AirflowSensorTimeout)):
                raise
            self._skip_instead(error, soft=True)
            raise


def poke_mode_only(cls: type[BaseSensorOperator]) -> type[BaseSensorOperator]:
    """Class decorator: the sensor keeps state between checks, so only mode "poke" is possible."""
    init: Callable[..., None] = cls.__init__

    @functools.wraps(init)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        if self.mode != "poke":
            raise ValueError(f"Cannot set mode to '{self.mode}'. Only 'poke' is acceptable")

    cls.__init__ = checked  # type: ignore[method-assign]
    return cls


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise AirflowException(f"Operator arg `{name}` must be timedelta object or a non-negative number")
