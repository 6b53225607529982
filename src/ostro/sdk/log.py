"""Loggers of operators, hooks and tasks: stdlib loggers that also take structlog's keywords.

`log.info("loaded %s", name)` and `log.info("loaded", name=name)` both work; the keywords become fields of the line.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from ostro.sdk.masking import mask_secret, redact
from ostro.sdk.public_names import public_name

__all__ = ["KeywordLogger", "LoggingMixin", "get_logger", "mask_secret", "redact"]

_OWN = frozenset({"exc_info", "extra", "stack_info", "stacklevel"})


class KeywordLogger(logging.Logger):
    """A logger whose calls take any keyword.

    While a task log is installed, a call that no handler or filter of user code wants to see goes there straight: a
    LogRecord costs a freshly forked process more than the line itself.
    """

    def _log(
        self,
        level: int,
        msg: object,
        args: Any,
        exc_info: Any = None,
        extra: Any = None,
        stack_info: bool = False,
        stacklevel: int = 1,
        **fields: Any,
    ) -> None:
        if _sink is not None and not exc_info and not extra and not stack_info and self._is_direct():
            frame = sys._getframe(1 + stacklevel)
            _sink(self.name, level, msg, args, frame.f_code.co_filename, frame.f_lineno, fields)
            return
        if fields:
            # logging refuses to overwrite its own attributes ("name", "message" …); such keywords get an underscore.
            safe = {f"{key}_" if key in _RECORD else key: value for key, value in fields.items()}
            extra = {**(extra or {}), **safe}
        super()._log(level, msg, args, exc_info, extra, stack_info, stacklevel + 1)

    def _is_direct(self) -> bool:
        logger: logging.Logger = self
        while logger.parent is not None:
            if logger.handlers or logger.filters or not logger.propagate:
                return False
            logger = logger.parent
        return len(logger.handlers) == 1 and not logger.filters

    def bind(self, **_: Any) -> KeywordLogger:
        """structlog's word; the bound fields are not repeated on each line."""
        return self


#: Takes name, level, message, arguments, file, line and keywords; set while a task log is installed.
Sink = Callable[[str, int, object, Any, str, int, dict[str, Any]], None]
_sink: Sink | None = None


def use_sink(sink: Sink | None) -> None:
    """Send calls of KeywordLoggers straight to `sink`; None: the usual way."""
    global _sink
    _sink = sink


_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def get_logger(name: str) -> logging.Logger:
    """The logger of a name, made as a KeywordLogger when it does not exist yet."""
    manager = logging.Logger.manager
    found = manager.loggerDict.get(name)
    if isinstance(found, logging.Logger):
        return found
    before = manager.loggerClass
    manager.setLoggerClass(KeywordLogger)
    try:
        return logging.getLogger(name)
    finally:
        manager.loggerClass = before


class LoggingMixin:
    """Gives a class `self.log`, a logger with the name of the class."""

    _log: logging.Logger | None = None
    _logger_name: str | None = None
    _log_config_logger_name: str | None = None

    def __init__(self, context: Any = None) -> None:
        """`context` is accepted as Airflow does; logs go to the current task by themselves."""

    @classmethod
    def logger(cls) -> logging.Logger:
        """The logger of the class."""
        return get_logger(cls._full_name())

    @classmethod
    def _full_name(cls) -> str:
        own = cls.__dict__.get("_logger_name") or public_name(cls)
        prefix = cls._log_config_logger_name
        return f"{prefix}.{own}" if prefix else own

    @property
    def log(self) -> logging.Logger:
        """The logger of the object."""
        log = self.__dict__.get("_log")
        if log is None:
            name = self.__dict__.get("_logger_name")
            log = get_logger(name) if name else self.logger()
            self.__dict__["_log"] = log
        return log
