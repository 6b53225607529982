"""What programs and C libraries write to the descriptors 1 and 2 of an attempt: a pipe, read by the host, into the log.

    attempt: fd 1, 2 ──pipe──▶ host's loop ──lines, masked──▶ log file of the attempt
             and a copy of the read end, so that a dead host never means SIGPIPE

The pipe carries its own instructions, lines that begin with MARK: where the log is, and which texts are secret. So the
host needs to be told nothing, and what a killed attempt had written is read to the end after its death. When the host
dies the attempt reads its own pipe in a thread (`take_over`), or a full pipe would block it for ever.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
from datetime import UTC, datetime

import msgspec

from ostro import private
from ostro.sdk.masking import SecretsMasker, masker

#: An instruction is MARK, a word, a space, a text, STOP. No output looks so by chance.
MARK = b"\x00ostro:"
STOP = b"\x00\n"
#: The log file; sent once, with the order.
LOG = MARK + b"log "
#: A text that must not reach the disk.
SECRET = MARK + b"secret "
#: Bytes read from a pipe in one turn of the host: small, so that a flood never delays a fork.
CHUNK = 8192
#: A longer line is cut into several.
LONGEST_LINE = 65536
#: Bytes of output kept while the log file is not known yet.
MOST_UNPLACED = 65536
#: Bytes that a pipe can hold at most, unless root made it larger.
LARGEST_PIPE = 1 << 20
#: Bytes kept of what programs write that outlive their attempt.
MOST_LEFT_BEHIND = 1 << 18
#: Writes up to this size are atomic in a pipe everywhere (PIPE_BUF is 4096 on Linux, 512 on macOS).
ATOMIC = 4096 if os.uname().sysname == "Linux" else 512


class RawOutput:
    """The reading side of one attempt's pipe."""

    def __init__(self, fd: int, path: str = "") -> None:
        #: -1 after `close`.
        self.fd = fd
        #: Whether the host's selector knows it.
        self.watched = False
        self._path = path
        self._rest = b""
        self._masker: SecretsMasker | None = None
        #: Bytes that are still taken; None = any number.
        self._room: int | None = None

    def read(self) -> int | None:
        """Move one chunk to the log. Returns the number of bytes, 0 at the end, None when nothing is there."""
        try:
            data = os.read(self.fd, CHUNK)
        except BlockingIOError:
            return None
        if not data:
            self._finish()
            return 0
        self._take(data)
        return len(data)

    def drain(self) -> bool:
        """The attempt is dead: read all that is there now; True when the pipe has ended.

        A program that it left running may write on, for ever and faster than it can be read. Its beginning is kept.
        """
        ended = self._read_pipeful()
        self._room = MOST_LEFT_BEHIND
        return ended

    def _read_pipeful(self) -> bool:
        """Read what is there, but not for ever; True when the pipe has ended."""
        left = LARGEST_PIPE
        while left > 0:
            count = self.read()
            if not count:
                return count == 0
            left -= count
        return False

    def finish(self) -> None:
        """Read what is there now; what was written without a line end goes to the log too."""
        self._read_pipeful()
        self._finish()

    def close(self) -> None:
        """End."""
        self._finish()
        os.close(self.fd)
        self.fd = -1

    def _take(self, data: bytes) -> None:
        if self._room is not None:
            before, self._room = self._room, self._room - len(data)
            if self._room < 0:
                if before >= 0:
                    self._finish()
                    self._write(
                        [b"What a program writes that the task left running is not kept from here on."]
                    )
                return
        data = self._rest + data
        if MARK in data:
            data = self._instructed(data)
        if not self._path:
            self._rest = data[-MOST_UNPLACED:]
            return
        complete, newline, self._rest = data.rpartition(b"\n")
        if newline:
            self._write(complete.split(b"\n"))
        if len(self._rest) > LONGEST_LINE and MARK not in self._rest:
            rest, self._rest = self._rest, b""
            self._write([rest])

    def _instructed(self, data: bytes) -> bytes:
        """Act on instructions; the data without them. One that is not complete stays."""
        kept = b""
        while True:
            before, mark, after = data.partition(MARK)
            if not mark:
                return kept + before
            body, stop, after_stop = after.partition(STOP)
            if not stop:
                return kept + data
            kept += before
            data = after_stop
            word, _, text = body.partition(b" ")
            self._obey(word, text.decode("utf-8", "surrogateescape"))

    def _obey(self, word: bytes, text: str) -> None:
        if word == b"log" and not self._path:
            self._path = text
        elif word == b"secret":
            if self._masker is None:
                self._masker = SecretsMasker()
            self._masker.add(text)

    def _finish(self) -> None:
        rest, self._rest = self._rest, b""
        if rest and self._path and not rest.startswith(MARK):
            self._write([rest])

    def _write(self, lines: list[bytes]) -> None:
        timestamp = datetime.now(UTC).isoformat()
        out = bytearray()
        for raw in lines:
            text = raw.decode("utf-8", "replace").rstrip("\r").rpartition("\r")[2]
            if not text.strip():
                continue
            text = masker.text(text)
            if self._masker is not None:
                text = self._masker.text(text)
            line = {"timestamp": timestamp, "level": "info", "event": text, "logger": "task.output"}
            out += msgspec.json.encode(line) + b"\n"
        if out:
            append(self._path, out)


def append(path: str, data: bytes | bytearray) -> None:
    """Append whole lines to a log. A full or broken disk loses them: nobody can be told through the log."""
    with contextlib.suppress(OSError):
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, private.FILE)
        try:
            os.write(fd, data)
        finally:
            os.close(fd)


# ---- the attempt's side ------------------------------------------------------------------------------------


def open_pipe() -> tuple[int, int]:
    """Read and write end; the read end does not block."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    return read_end, write_end


def tell_secret(secret: str) -> None:
    """Keep `secret` out of the raw output too. Longer ones are masked by their beginning."""
    text = secret.encode("utf-8", "surrogateescape").replace(STOP, b"")[: ATOMIC // 2]
    with contextlib.suppress(OSError):
        # Descriptor 2 may be closed by the task; then there is no raw output to mask either.
        os.write(2, SECRET + text + STOP)


class OwnReader:
    """Reads the pipe of its own process, in a thread that ends with the process."""

    def __init__(self, read_end: int, path: str) -> None:
        self._output = RawOutput(read_end, path)
        self._lock = threading.Lock()
        self._ended = False
        os.set_blocking(read_end, False)
        threading.Thread(target=self._read, name="ostro-output", daemon=True).start()

    def _read(self) -> None:
        while True:
            select.select([self._output.fd], [], [])
            with self._lock:
                if self._ended or self._output.read() == 0:
                    return

    def finish(self) -> None:
        """The process ends: what is in the pipe now goes to the log."""
        with self._lock:
            self._ended = True
            self._output.finish()


#: The reader that this process needs since its host died.
own: OwnReader | None = None


def take_over(read_end: int, path: str) -> None:
    """The host died: read the own pipe from here on."""
    global own
    if own is None:
        own = OwnReader(read_end, path)
