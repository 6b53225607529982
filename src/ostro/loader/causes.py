"""What to say of a file whose parse process did not come back with a result."""

from __future__ import annotations

import contextlib
import os
import signal

import msgspec

from ostro.loader.config import LoaderConfig
from ostro.protocol.parse import Dependency, FileError
from ostro.protocol.task import FileRef

#: Bytes of the notes that are read; a dump of a deep stack may be long.
LONGEST_NOTES = 1 << 20
#: What `faulthandler` writes when the time is up.
TIME_IS_UP = "Timeout ("
#: Names of signals as people know them.
KNOWN_SIGNALS = {
    signal.SIGSEGV: "a segmentation fault",
    signal.SIGABRT: "an abort",
    signal.SIGBUS: "a bus error",
    signal.SIGFPE: "an arithmetic fault",
    signal.SIGILL: "an illegal instruction",
}


class Death(msgspec.Struct, frozen=True):
    """How a parse process ended without a result."""

    #: As waitpid gives it; None when nobody knows.
    status: int | None
    #: The loader killed it because its time was up.
    timed_out: bool
    #: What the process left in its notes.
    notes: str


def read_notes(descriptor: int) -> str:
    """The text in the notes of a process that has ended."""
    return os.pread(descriptor, LONGEST_NOTES, 0).decode(errors="replace")


def dependencies_in(notes: str) -> list[Dependency]:
    """What the process had read when it ended: one JSON object a line."""
    found = []
    for line in notes.splitlines():
        if line.startswith("{"):
            with contextlib.suppress(msgspec.DecodeError):
                # The last line may be cut short.
                found.append(msgspec.json.decode(line, type=Dependency))
    return found


def explain(death: Death, file: FileRef, config: LoaderConfig) -> FileError:
    """The death as the author of the file should read it."""
    path, line = _place(death.notes, file, config)
    return FileError(
        text=_sentence(death, config), path=path or file.path, line=line, traceback=_dump(death.notes)
    )


def _sentence(death: Death, config: LoaderConfig) -> str:
    if death.timed_out or TIME_IS_UP in death.notes:
        return f"The file took longer than {config.time_limit:g} seconds to import"
    if death.status is None:
        return "The process that imported the file vanished together with its parent"
    code = os.waitstatus_to_exitcode(death.status)
    if code >= 0:
        return f"The file ended its process with exit code {code} while it was imported"
    number = -code
    if number == signal.SIGKILL:
        return "The process that imported the file was killed (SIGKILL): most likely the machine ran out of memory"
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    what = KNOWN_SIGNALS.get(signal.Signals(number)) if number in set(signal.Signals) else None
    return f"The import of the file ended its process with {what or 'a signal'} ({name})"


def _dump(notes: str) -> str:
    """What `faulthandler` wrote, without the lines of dependencies."""
    lines = notes.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("{"))


def _place(notes: str, file: FileRef, config: LoaderConfig) -> tuple[str, int | None]:
    """The user's innermost line in a dump of `faulthandler`, which lists the most recent call first."""
    own = tuple(os.path.join(f, "") for f in (file.folder, config.plugins_folder) if f)
    for text in notes.splitlines():
        path, found, rest = text.strip().removeprefix('File "').partition('", line ')
        number = rest.split(" ", 1)[0]
        if found and path.startswith(own) and number.isdigit():
            return path.removeprefix(own[0]), int(number)
    return "", None
