"""A parse process: imports one DAG file, describes it, says what it depends on, and ends.

`parse` does the work and can be called in-process. `parse_child` is the whole life of a process that was forked for
one order (by `parse_server`).

The child speaks on its socket: questions (Variables, Connections), then one `Parsed`. In a second file, the notes, it
leaves what must survive its death: each dependency when it is met, and at a crash or at the time limit the place in
the code. What kills a child harms nothing else: address space and time are limited, it leads a session of its own
(the loader kills the whole group) and is the first to go when the machine runs out of memory.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import resource
import signal
import socket
import threading
import time
import warnings
from collections.abc import Callable
from typing import NoReturn

import msgspec
from msgspec.structs import replace

from ostro.protocol.frames import Unpacker, pack
from ostro.protocol.parse import Dependency, FileError, Parsed, ParsedDag, ParseOrder
from ostro.protocol.task import Answer, Done, Question, Refused, SetVariable, Value
from ostro.runtime import capture, dagfile
from ostro.runtime.file_errors import Places, describe
from ostro.runtime.lessons import Lessons
from ostro.runtime.recorder import Recorder
from ostro.sdk import asking, parsing
from ostro.sdk.freeze import freeze
from ostro.sdk.plugins import sources
from ostro.spec import DagSpec, encode, version_hash

#: Seconds; a longer time limit is none.
LONGEST_LIMIT = threading.TIMEOUT_MAX
#: Warnings of one file that are kept, and the characters of each.
MOST_WARNINGS = 50
LONGEST_WARNING = 2000

Note = Callable[[Dependency], None]


def parse(order: ParseOrder, asker: asking.Asker | None = None, *, note: Note | None = None) -> Parsed:
    """Import and describe the file of the order. Never raises what the file raises: that is in `errors`.

    `note` hears of each dependency at once. Changes the process for good (sys.path, modules, an audit hook).
    """
    began = time.perf_counter()
    file = order.file
    places = Places(file.folder, (order.plugins_folder,) if order.plugins_folder else ())
    try:
        source = dagfile.source(file)
    except OSError as e:
        text = f"The file cannot be read: {e.strerror or e}"
        return Parsed(job=order.job, errors=[FileError(text=text, path=file.path)])
    sources.find(order.plugins_folder)
    recorder = Recorder([file.folder, *([order.plugins_folder] if order.plugins_folder else [])], note)
    asking.use(None if asker is None else _Noting(asker, recorder))
    asking.observe(recorder.add)
    dags: list[ParsedDag] = []
    errors: list[FileError] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        recorder.start()
        try:
            _describe_file(order, source, places, dags, errors)
        except BaseException as e:
            # The boundary to user code: whatever it raises, sys.exit too, is the file's error and not ours.
            _lift_memory_limit()
            errors.append(describe(e, places))
        finally:
            recorder.stop()
    return Parsed(
        job=order.job,
        dags=dags,
        errors=errors,
        warnings=_warnings(caught, places),
        dependencies=recorder.dependencies(),
        source=source,
        duration=time.perf_counter() - began,
    )


def _describe_file(
    order: ParseOrder, source: str, places: Places, dags: list[ParsedDag], errors: list[FileError]
) -> None:
    loaded = dagfile.load(order.file, order.plugins_folder, order.defaults)
    for dag_id in loaded.duplicates:
        text = f"The file makes two DAGs with the id {dag_id!r}; the first one is used, give the other another id"
        error = FileError(text=text, path=order.file.path, dag_id=dag_id)
        errors.append(_placed(error, order.file.path, source))
    for dag_id, refusal in loaded.refused.items():
        errors.append(_placed(describe(refusal, places, dag_id=dag_id), order.file.path, source))
    with parsing.parsing(loaded.context):
        for dag_id, dag in loaded.dags.items():
            try:
                spec = freeze(dag, order.file.path, loaded.dialect)
                dags.append(ParsedDag(dag_id=dag_id, spec=encode(spec), shape=shape(spec)))
            except Exception as e:
                # A DAG that cannot be described must not take the others of its file with it.
                errors.append(_placed(describe(e, places, dag_id=dag_id), order.file.path, source))


def shape(spec: DagSpec) -> str:
    """Digest of a DAG without what `now()`, a random number or the order of a set leave in it."""
    tasks = (replace(t, fields={}, start_date=None, end_date=None, params={}) for t in spec.tasks)
    bare = replace(
        spec,
        tasks=tuple(sorted(tasks, key=lambda t: t.task_id)),
        groups=tuple(sorted(spec.groups, key=lambda g: g.group_id)),
        start_date=None,
        end_date=None,
        description=None,
        doc_md=None,
    )
    return version_hash(encode(bare))


def _placed(error: FileError, path: str, source: str) -> FileError:
    """An error without a line of the user's code belongs to where the id of its DAG is written."""
    if error.line is not None or not error.dag_id:
        return error
    written = (f'"{error.dag_id}"', f"'{error.dag_id}'", f"def {error.dag_id}(")
    for number, line in enumerate(source.splitlines(), 1):
        if any(w in line for w in written):
            return replace(error, path=path, line=number)
    return replace(error, path=path)


def _warnings(caught: list[warnings.WarningMessage], places: Places) -> list[str]:
    texts: dict[str, None] = {}
    for warning in caught:
        # Python hides these by default unless they concern the user's own code; so do we.
        hidden = issubclass(warning.category, (DeprecationWarning, ImportWarning, ResourceWarning))
        if hidden and not places.holds(warning.filename):
            continue
        where = f"{places.shown(warning.filename)}:{warning.lineno}"
        texts[f"{where}: {warning.category.__name__}: {warning.message}"[:LONGEST_WARNING]] = None
    threads = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
    if threads:
        texts[f"The file starts threads while it is imported: {', '.join(threads)}"[:LONGEST_WARNING]] = None
    kept = list(texts)
    if len(kept) > MOST_WARNINGS:
        kept[MOST_WARNINGS:] = [f"… and {len(kept) - MOST_WARNINGS} warnings more"]
    return kept


class _Noting:
    """Passes questions on; a Variable that the file itself sets is not what it depends on."""

    def __init__(self, asker: asking.Asker, recorder: Recorder) -> None:
        self._asker = asker
        self._recorder = recorder

    def ask(self, question: Question) -> Value | Done | Refused:
        if isinstance(question, SetVariable):
            self._recorder.forget("variable", question.key)
        return self._asker.ask(question)


# ---- the child ---------------------------------------------------------------------------------------------


def parse_child(order: ParseOrder, sock: socket.socket, lessons: Lessons | None = None) -> NoReturn:
    """The life of a process forked for one order. The first byte on `sock` carries the descriptor of the notes.

    `lessons`: where the parent hears what to load for the next one.
    """
    me = os.getpid()
    code = 1
    try:
        notes = _receive_notes(sock)
        printed = _settle_in(order, notes)
        if order.stay:
            from ostro.runtime.calendar import answer_for_ever

            answer_for_ever(order, sock)
        parsed = parse(order, SocketAsker(sock), note=_noter(notes))
        if os.getpid() != me:
            # A fork made by the file came back here: only the first process reports.
            os._exit(0)
        faulthandler.cancel_dump_traceback_later()
        _lift_memory_limit()
        text = printed.text()
        if text:
            printed_note = f"The file printed while it was imported: {text}"
            parsed = replace(parsed, warnings=[*parsed.warnings, printed_note])
        sock.sendall(_packed(parsed))
        code = 0
        if lessons is not None:
            lessons.tell()
    finally:
        # No atexit handlers, no waiting for threads of the file.
        os._exit(code)


def _receive_notes(sock: socket.socket) -> int | None:
    _, descriptors, _, _ = socket.recv_fds(sock, 1, 1)
    return descriptors[0] if descriptors else None


def _noter(notes: int | None) -> Note | None:
    if notes is None:
        return None
    return lambda d: _write_note(notes, d)


def _write_note(notes: int, dependency: Dependency) -> None:
    # The file may have closed all descriptors; the note is only for the case of its death.
    with contextlib.suppress(OSError):
        os.write(notes, msgspec.json.encode(dependency) + b"\n")


def _settle_in(order: ParseOrder, notes: int | None) -> capture.Printed:
    """Own session, limits, no terminal; a crash and the time limit leave a trace in the notes."""
    with contextlib.suppress(PermissionError):
        # Already leader of a session when the parent made it so.
        os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    printed = capture.capture()
    if notes is not None:
        faulthandler.enable(file=notes, all_threads=False)
        if 0 < order.time_limit <= LONGEST_LIMIT:
            faulthandler.dump_traceback_later(order.time_limit, exit=True, file=notes)
    if order.memory_limit > 0:
        _limit_memory(order.memory_limit)
    return printed


def _limit_memory(mib: int) -> None:
    with open("/proc/self/statm", "rb") as statm:
        pages = int(statm.read().split()[0])
    soft = pages * resource.getpagesize() + (mib << 20)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _lift_memory_limit() -> None:
    """Room to tell the end: only the soft limit was lowered."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _packed(parsed: Parsed) -> bytes:
    try:
        return pack(parsed)
    except UnicodeEncodeError as e:
        text = f"The file holds text that is not valid Unicode: {e.object[e.start : e.end]!a}"
        return pack(Parsed(job=parsed.job, errors=[FileError(text=text)], dependencies=parsed.dependencies))


class SocketAsker:
    """Asks the engine over the child's socket, one question at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._unpacker = Unpacker(Answer)
        self._seq = 0
        self._lock = threading.Lock()

    def ask(self, question: Question) -> Value | Done | Refused:
        with self._lock:
            self._seq += 1
            self._sock.sendall(pack(replace(question, seq=self._seq)))
            while True:
                data = self._sock.recv(65536)
                if not data:
                    raise ConnectionError("the engine is gone")
                for answer in self._unpacker.feed(data):
                    if answer.seq == self._seq:
                        assert isinstance(answer, (Value, Done, Refused))
                        return answer
