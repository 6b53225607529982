"""Why a DAG file could not be used: one sentence for its author, the place in the author's own code, the traceback.

Owns turning exceptions of user code into `FileError`. Refuses deciding what happens then.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from types import TracebackType

from ostro.errors import UserError
from ostro.protocol.parse import FileError
from ostro.sdk.exceptions import AirflowNotFoundException
from ostro.sdk.hints import install_provider, provider_of
from ostro.sdk.variable import VariableNotFound

#: Characters of a traceback that are kept; of a longer one the end, where the error is.
LONGEST_TRACEBACK = 20_000
#: What no DAG file of 3.x can use either: modules of Airflow's own server and scheduler.
INNER = (
    "airflow.api_connexion",
    "airflow.api_fastapi",
    "airflow.api_internal",
    "airflow.cli",
    "airflow.config_templates",
    "airflow.dag_processing",
    "airflow.executors",
    "airflow.jobs",
    "airflow.logging_config",
    "airflow.migrations",
    "airflow.models",
    "airflow.serialization",
    "airflow.ti_deps",
    "airflow.utils.cli",
    "airflow.utils.db_cleanup",
    "airflow.utils.log",
    "airflow.utils.sqlalchemy",
    "airflow.www",
)


class Places:
    """The user's folders: which frames are the user's own, and how a path is shown."""

    def __init__(self, folder: str, others: tuple[str, ...] = ()) -> None:
        self._folder = folder.rstrip("/") + "/"
        self._all = (self._folder, *(o.rstrip("/") + "/" for o in others))

    def holds(self, path: str) -> bool:
        """Whether the path lies in one of the folders."""
        return path.startswith(self._all)

    def shown(self, path: str) -> str:
        """The path inside the bundle, else as it is."""
        return path.removeprefix(self._folder)


def describe(error: BaseException, places: Places, *, dag_id: str | None = None) -> FileError:
    """The error as its author should read it."""
    path, line = _place(error, places)
    return FileError(
        text=_sendable(sentence(error)),
        path=places.shown(path) if path else "",
        line=line,
        dag_id=dag_id,
        traceback=_sendable(_traceback(error, places)),
    )


def _sendable(text: str) -> str:
    """A message of user code may hold half of a surrogate pair, which no encoding has."""
    return text.encode("utf-8", "backslashreplace").decode()


def sentence(error: BaseException) -> str:
    """One sentence: what is wrong."""
    text = _message(error)
    match error:
        case IndentationError() | SyntaxError():
            return f"This is not valid Python: {error.msg}"
        case ModuleNotFoundError() if error.name and text == f"No module named {error.name!r}":
            return f"The module {error.name} cannot be found; {_where_to_get(error)}"
        case ModuleNotFoundError():
            return text
        case ImportError() if "partially initialized module" in text:
            return (
                f"Two modules import each other in a circle: {text.partition(' (most likely')[0]}; import inside the "
                "function that needs it, or move what both need into a third module"
            )
        case ImportError():
            return f"An import failed: {text}"
        case VariableNotFound():
            return f"{text}; set it (ostro variables set {text.split()[1]} VALUE), or give Variable.get() a default"
        case AirflowNotFoundException() if "conn_id" in text:
            return f"{text}; add it (ostro connections add), or ask for it inside a task"
        case TypeError() if text.endswith("'list' and 'list'") and ("for >>" in text or "for <<" in text):
            return f"{text}: two lists are joined by chain(a, b) or cross_downstream(a, b)"
        case SystemExit():
            return f"The file called sys.exit({_exit_code(error)}) while it was imported"
        case MemoryError():
            return "The file needs more memory than a parse process may have" + (f": {text}" if text else "")
        case RecursionError():
            return f"The file calls itself without end: {text}"
        case UserError():
            return text
        case KeyboardInterrupt():
            return "The import of the file was interrupted"
        case _:
            name = type(error).__name__
            return f"{name}: {text}" if text else name


def _where_to_get(error: ModuleNotFoundError) -> str:
    """What to do about a module that is not there."""
    name = error.name or ""
    if name.startswith("airflow.providers."):
        # The first folder that is missing is told; the line of the file says which provider was meant.
        wanted = re.search(rf"{re.escape(name)}[\w.]*", _line_of(error))
        return install_provider(provider_of(wanted.group() if wanted else name))
    if name.startswith(INNER):
        return "it is a part of Airflow's own engine, which Ostro does not have; use the REST API instead"
    if name.partition(".")[0] == "airflow":
        return "no Airflow from 1.10 to 3.3 that Ostro knows has it, look at the spelling"
    return f"install it where Ostro runs (pip install {name.partition('.')[0]}), or put it into the folder of the DAG files"


def _line_of(error: BaseException) -> str:
    """The text of the line that the error came from outside of the import system."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.line and not frame.filename.startswith("<frozen"):
            return frame.line
    return ""


def _message(error: BaseException) -> str:
    try:
        return str(error).strip()
    except Exception:
        # __str__ is user code too.
        return ""


def _exit_code(error: SystemExit) -> str:
    return "" if error.code is None else repr(error.code)[:100]


def _place(error: BaseException, places: Places) -> tuple[str, int | None]:
    """The innermost line of the user's own code that the error came through."""
    if isinstance(error, SyntaxError) and error.filename and places.holds(error.filename):
        return error.filename, error.lineno
    found: tuple[str, int | None] = ("", None)
    for path, line in _users_lines(error.__traceback__, places):
        found = (path, line)
    if not found[0] and error.__cause__ is not None:
        return _place(error.__cause__, places)
    return found


def _users_lines(tb: TracebackType | None, places: Places) -> Iterator[tuple[str, int]]:
    while tb is not None:
        path = tb.tb_frame.f_code.co_filename
        if places.holds(path):
            yield path, tb.tb_lineno
        tb = tb.tb_next


def _traceback(error: BaseException, places: Places) -> str:
    """The traceback from the user's first line on: our own frames above it say nothing to the author."""
    tb = error.__traceback__
    while tb is not None and not places.holds(tb.tb_frame.f_code.co_filename):
        tb = tb.tb_next
    if tb is None and not isinstance(error, SyntaxError):
        # Not one line of the user ran: then our own are all there is to see.
        tb = error.__traceback__
    try:
        lines = traceback.format_exception(type(error), error, tb, limit=-60)
    except Exception:
        # Formatting calls __str__ and __repr__ of user code, and a broken one must not hide the error itself.
        lines = [type(error).__name__]
    text = "".join(lines)
    return text if len(text) <= LONGEST_TRACEBACK else "…" + text[-LONGEST_TRACEBACK:]
