"""The log of one attempt: JSON lines, each one write, each through the masker.

A line is {"timestamp", "level", "event", "logger", …}. Everything that user code says arrives here: `logging`,
warnings, print and what is written to sys.stdout and sys.stderr. Processes that user code starts write to descriptors
1 and 2, which belong to the process's parent, not to this module.
"""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import msgspec

from ostro import private
from ostro.sdk.log import use_sink
from ostro.sdk.masking import masker

#: Longest text of one line, in characters; the rest is cut with a note.
LINE_LIMIT = 1 << 20

_encode = msgspec.json.Encoder(enc_hook=repr).encode
_PLAIN_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class TaskLog:
    """Appends lines to the log file of an attempt. One writer per process; the file may have several processes."""

    #: Who says the lines in a log that others write too ("trigger", "callback"); "" = the task.
    part = ""

    def __init__(self, path: str, *, limit: int = LINE_LIMIT, part: str = "") -> None:
        """Opens the file, and makes its folder when needed; "" is standard error.

        What a full or broken disk refuses now is tried again with the next line.
        """
        self.path = path
        self.limit = limit
        self.part = part
        self._fd = -1
        with contextlib.suppress(OSError):
            self._fd = _open(path)

    def write(self, level: str, event: str, logger: str = "task", **fields: Any) -> None:
        """Append one line. Never raises for a full or broken disk: the task must not fail for its log."""
        line = {
            "timestamp": datetime.now(UTC).isoformat(),
            "level": level,
            "event": self._clean(event),
            "logger": logger,
        }
        for key, value in fields.items():
            line[key] = masker.redact(value, key)
        if self.part:
            line["said_by"] = self.part
        self._append(self._bytes(line))

    def _append(self, data: bytes) -> None:
        try:
            os.write(self._fd, data)
        except OSError as error:
            if error.errno == errno.EBADF:
                self._write_anew(data)

    def _write_anew(self, data: bytes) -> None:
        """The file was not opened before, or user code closed its descriptor (a daemon closes all it finds)."""
        with contextlib.suppress(OSError):
            self._fd = _open(self.path)
            os.write(self._fd, data)

    def _clean(self, text: str) -> str:
        text = masker.text(text)
        if len(text) > self.limit:
            return f"{text[: self.limit]} … [{len(text) - self.limit} more characters were cut]"
        return text

    def _bytes(self, line: dict[str, Any]) -> bytes:
        try:
            return _encode(line) + b"\n"
        except (UnicodeEncodeError, TypeError, ValueError, RecursionError):
            # Lone surrogates, dict keys that JSON has not, structures that contain themselves: keep the text.
            plain = {str(k): str(v).encode("utf-8", "backslashreplace").decode() for k, v in line.items()}
            return _encode(plain) + b"\n"

    def exception(
        self, error: BaseException, event: str, *, level: str = "error", logger: str = "task"
    ) -> None:
        """Append a line with the error and its traceback."""
        self.write(level, event, logger, **describe_error(error))

    # ---- catching what user code says ----------------------------------------------------------------------

    def install(self) -> None:
        """Send logging, warnings, sys.stdout and sys.stderr of this process here, until `restore`."""
        root = logging.getLogger()
        self._before = (sys.stdout, sys.stderr, root.handlers, root.level, warnings.showwarning)
        _catcher.log = self
        root.handlers = [_catcher]
        use_sink(_catcher.take)
        level, own = _levels()
        if root.level != level:
            root.setLevel(level)
        for logger, own_level in own:
            logging.getLogger(logger).setLevel(own_level)
        warnings.showwarning = _show_warning
        if "structlog" in sys.modules:
            _catch_structlog()
        raw_output = sys.modules.get("ostro.runtime.raw_output")
        if raw_output is not None:
            # The reader of descriptors 1 and 2 is another process and must learn secrets too.
            masker.on_secret = raw_output.tell_secret
        sys.stdout = LineStream(self, "task.stdout", sys.__stdout__)
        sys.stderr = LineStream(self, "task.stderr", sys.__stderr__)

    def flush(self) -> None:
        """Write what was printed without a line end."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, LineStream):
                stream.finish()

    def restore(self) -> None:
        """Undo `install`."""
        self.flush()
        sys.stdout, sys.stderr, handlers, level, warnings.showwarning = self._before
        use_sink(None)
        root = logging.getLogger()
        root.handlers = handlers
        root.setLevel(level)

    def close(self) -> None:
        """Close the file. Lines after that are lost."""
        os.close(self._fd)


def _open(path: str) -> int:
    if not path:
        return os.dup(2)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(path, flags, private.FILE)
    except FileNotFoundError:
        private.make_folder(path.rpartition("/")[0])
        return os.open(path, flags, private.FILE)


class _Handler(logging.Handler):
    """Turns log records into lines. One per process, made before it is forked: making one is slow."""

    log: TaskLog

    def take(
        self, name: str, level: int, msg: object, args: Any, path: str, lineno: int, fields: dict[str, Any]
    ) -> None:
        """A call of a KeywordLogger, without a record."""
        fields = {key if key not in _TAKEN else f"{key}_": value for key, value in fields.items()}
        event = _formatted(msg, args)
        self.log.write(
            _LEVELS.get(level) or logging.getLevelName(level).lower(),
            event,
            name,
            filename=path.rpartition("/")[2],
            lineno=lineno,
            **fields,
        )

    def emit(self, record: logging.LogRecord) -> None:
        event = _formatted(record.msg, record.args)
        fields: dict[str, Any] = {"filename": record.filename, "lineno": record.lineno}
        for key, value in record.__dict__.items():
            if key not in _PLAIN_RECORD and key not in ("level", "event", "logger", "said_by"):
                fields[key] = value
        if record.exc_info and record.exc_info[1] is not None:
            fields.update(describe_error(record.exc_info[1]))
        if record.stack_info:
            fields["stack"] = record.stack_info
        self.log.write(record.levelname.lower(), event, record.name, **fields)


def _catch_structlog() -> None:
    """structlog, unless the author configured it, prints; its events belong into lines with their keywords."""
    import structlog

    if not structlog.is_configured():
        structlog.configure(
            processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
            wrapper_class=structlog.stdlib.BoundLogger,
            logger_factory=structlog.stdlib.LoggerFactory(),
            cache_logger_on_first_use=False,
        )


#: Names that a line has anyway.
_TAKEN = frozenset({"level", "event", "logger", "timestamp", "filename", "lineno", "said_by"})
_LEVELS = {10: "debug", 20: "info", 30: "warning", 40: "error", 50: "critical"}


def _formatted(msg: object, args: Any) -> str:
    text = str(msg)
    if not args:
        return text
    if len(args) == 1 and isinstance(args[0], dict) and args[0]:
        args = args[0]  # as logging does: %(name)s
    try:
        return str(text % args)
    except Exception as error:  # a user's wrong format arguments must not end the task
        return f"{msg!r} % {args!r} cannot be formatted: {error}"


_catcher = _Handler()


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning as a log line that names the place in the user's code."""
    _catcher.log.write(
        "warning", str(message), "py.warnings", category=category.__name__, filename=filename, lineno=lineno
    )


class LineStream(io.TextIOBase):
    """A text stream whose lines become log lines."""

    def __init__(self, log: TaskLog, logger: str, original: TextIO | None) -> None:
        self._log = log
        self._logger = logger
        self._original = original
        self._rest = ""
        self._raw: _ByteStream | None = None
        # Threads print too; re-entrant, as a signal handler may print in the middle of a write.
        self._lock = threading.RLock()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    @property
    def buffer(self) -> _ByteStream:
        """For code that writes bytes to sys.stdout.buffer."""
        if self._raw is None:
            self._raw = _ByteStream(self)
        return self._raw

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        if self._original is None:
            raise io.UnsupportedOperation("fileno")
        return self._original.fileno()

    def write(self, text: str) -> int:
        with self._lock:
            if "\n" not in text:
                self._rest += text
                if len(self._rest) > self._log.limit:
                    self.finish()
                return len(text)
            *lines, self._rest = (self._rest + text).split("\n")
            for line in lines:
                self._emit(line)
        return len(text)

    def _emit(self, line: str) -> None:
        # A progress bar rewrites its line with carriage returns; only its last state is of interest.
        line = line.rstrip("\r").rpartition("\r")[2]
        if line.strip():
            self._log.write("info", line, self._logger)

    def finish(self) -> None:
        """Write an unfinished line."""
        with self._lock:
            rest, self._rest = self._rest, ""
            if rest:
                self._emit(rest)


def _finish_before_fork() -> None:
    """A process that user code forks must not write the begun line of its parent a second time."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, LineStream):
            stream.finish()


os.register_at_fork(before=_finish_before_fork)


class _ByteStream(io.RawIOBase):
    """The byte side of a LineStream."""

    def __init__(self, text: LineStream) -> None:
        self._text = text

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._text.write(bytes(data).decode("utf-8", "replace"))
        return len(data)


@lru_cache(maxsize=1)
def _levels() -> tuple[int, tuple[tuple[str, str], ...]]:
    """[logging] logging_level, and the levels of single loggers."""
    from ostro.sdk.conf import conf

    name = str(conf.get("logging", "logging_level", fallback="INFO")).upper()
    pairs = (
        pair.partition("=") for pair in (conf.get("logging", "namespace_levels", fallback="") or "").split()
    )
    own = tuple((logger, level.upper()) for logger, _, level in pairs)
    return logging.getLevelNamesMapping().get(name, logging.INFO), own


def fill_caches() -> None:
    """Read the settings that every log needs, and set what every log sets alike."""
    logging.getLogger().setLevel(_levels()[0])


# ---- errors ----------------------------------------------------------------------------------------------------


def describe_error(error: BaseException) -> dict[str, Any]:
    """Fields of a log line for an error: `exception` as text, `error_detail` as data (newest error first)."""
    import traceback

    trimmed = _user_part(error.__traceback__)
    text = "".join(traceback.format_exception(type(error), error, trimmed))
    return {"exception": text.rstrip(), "error_detail": list(_chain(error))}


def _chain(error: BaseException) -> Iterator[dict[str, Any]]:
    seen: set[int] = set()
    current: BaseException | None = error
    is_cause = False
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield _detail(current, is_cause)
        is_cause = current.__cause__ is not None
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _detail(error: BaseException, is_cause: bool) -> dict[str, Any]:
    import traceback

    frames = [
        {"filename": frame.filename, "lineno": frame.lineno, "name": frame.name}
        for frame in traceback.extract_tb(_user_part(error.__traceback__))
    ]
    try:
        text = str(error)
    except Exception as broken:  # a user's __str__ may raise
        text = f"<no text: {broken!r}>"
    detail: dict[str, Any] = {
        "exc_type": type(error).__name__,
        "exc_value": text,
        "exc_notes": [str(note) for note in getattr(error, "__notes__", ())],
        "syntax_error": None,
        "is_cause": is_cause,
        "frames": frames,
        "is_group": isinstance(error, BaseExceptionGroup),
        "exceptions": [],
    }
    if isinstance(error, SyntaxError):
        detail["syntax_error"] = {
            "offset": error.offset or 0,
            "filename": error.filename or "?",
            "line": (error.text or "").rstrip(),
            "lineno": error.lineno or 0,
            "msg": error.msg,
        }
    if isinstance(error, BaseExceptionGroup):
        detail["exceptions"] = [_detail(inner, False) for inner in error.exceptions]
    return detail


_OWN_FOLDER = str(Path(__file__).parent.parent) + os.sep


def _user_part(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without Ostro's own frames at its start; all of it when there is nothing else."""
    part = trace
    while part is not None and part.tb_frame.f_code.co_filename.startswith(_OWN_FOLDER):
        part = part.tb_next
    return part or trace
