"""`ObjectStoragePath`: a path on any store that fsspec knows, used as a pathlib path.

    base = ObjectStoragePath("s3://aws_default@my-bucket/data")
    (base / "a.parquet").write_bytes(b"…")

The user part of the address, or `conn_id`, names the connection. It is asked for when the store is first used, not when
the path is made, so that paths may stand at the top of a DAG file.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from stat import S_ISLNK
from typing import Any
from urllib.parse import urlsplit

from fsspec import AbstractFileSystem
from fsspec.core import split_protocol
from upath.extensions import ProxyUPath

from ostro.sdk.io.store import LOCAL, attach

#: Bytes copied at once between two stores.
CHUNK = 1 << 20


class StatResult(dict[str, Any]):
    """What a store tells of an object; `st_size`, `st_mtime` and `st_mode` too, as `os.stat` gives them."""

    def __init__(self, data: Mapping[str, Any], conn_id: str | None) -> None:
        super().__init__(data)
        self["conn_id"] = conn_id

    @property
    def st_size(self) -> int:
        """Bytes."""
        return int(self.get("size") or 0)

    @property
    def st_mode(self) -> int:
        """Mode bits; 0 where the store has none."""
        return int(self.get("mode") or 0)

    @property
    def st_mtime(self) -> float:
        """Seconds since 1970; 0 where the store does not tell."""
        for key in ("LastModified", "last_modified", "mtime", "updated", "created"):
            value = self.get(key)
            if value is not None:
                return float(value.timestamp() if hasattr(value, "timestamp") else value)
        return 0.0

    def is_symlink(self) -> bool:
        """Whether it is a link."""
        return S_ISLNK(self.st_mode)


def _on_the_store(name: str) -> Callable[..., Any]:
    """The inherited method, with the store of the connection."""
    inherited: Callable[..., Any] = getattr(ProxyUPath, name)

    @functools.wraps(inherited)
    def method(self: ObjectStoragePath, *args: Any, **kwargs: Any) -> Any:
        self._connect()
        return inherited(self, *args, **kwargs)

    return method


class ObjectStoragePath(ProxyUPath):
    """See the module. Raises ValueError for a protocol that nothing installed knows."""

    __version__ = 1
    __slots__ = ()

    def __init__(
        self, *args: Any, protocol: str | None = None, conn_id: str | None = None, **storage_options: Any
    ) -> None:
        first, *rest = args or ("",)
        if isinstance(first, ObjectStoragePath):
            conn_id = conn_id or first.conn_id
            protocol = protocol or first.protocol
            storage_options = {**first.own_options, **storage_options}
            first = first.uri
        text = os.fspath(first) if isinstance(first, os.PathLike) else str(first)
        text, named = _without_user(text)
        conn_id = conn_id or named
        if conn_id:
            storage_options["conn_id"] = conn_id
        else:
            storage_options.pop("conn_id", None)
        found = protocol or split_protocol(text)[0] or "file"
        if found in LOCAL and "://" not in text and not rest and text and not text.startswith("/"):
            text = os.path.abspath(text)
        super().__init__(text, *(str(r) for r in rest), protocol=found, **storage_options)

    # ---- the store -----------------------------------------------------------------------------------------

    @property
    def conn_id(self) -> str | None:
        """The connection; None for none."""
        found = self.storage_options.get("conn_id")
        return None if found is None else str(found)

    @property
    def own_options(self) -> dict[str, Any]:
        """Options for the file system, without the connection."""
        return {key: value for key, value in self.storage_options.items() if key != "conn_id"}

    def _connect(self) -> AbstractFileSystem:
        raw = self.__wrapped__
        try:
            return raw._fs_cached
        except AttributeError:
            store = attach(self.protocol or "file", self.conn_id, storage_options=self.own_options)
            with contextlib.suppress(AttributeError):
                # A path of pathlib itself has no place for it and needs none.
                raw._fs_cached = store.fs
            return store.fs

    @property
    def fs(self) -> AbstractFileSystem:
        """The file system of the store."""
        return self._connect()

    @property
    def uri(self) -> str:
        """The address without the connection."""
        return f"file://{self.path}" if self.protocol in LOCAL else str(self.__wrapped__)

    @property
    def bucket(self) -> str:
        """The bucket or container; empty for files."""
        return "" if self.protocol in LOCAL else urlsplit(self.uri).netloc

    container = bucket

    @property
    def key(self) -> str:
        """The name inside the bucket; of a file the path without its first slash."""
        return urlsplit(self.uri).path.lstrip("/")

    @property
    def namespace(self) -> str:
        """Protocol and bucket."""
        return f"{self.protocol}://{self.bucket}" if self.bucket else self.protocol

    def samestore(self, other: Any) -> bool:
        """Whether the other path is on the same store."""
        if not isinstance(other, ObjectStoragePath):
            return False
        mine = (self.protocol or "file", self.conn_id, self.own_options)
        return mine == (other.protocol or "file", other.conn_id, other.own_options)

    # ---- what the store tells and does ---------------------------------------------------------------------

    def stat(self, *, follow_symlinks: bool = True) -> Any:
        """What the store tells of the object."""
        return StatResult(self.fs.info(self.path), self.conn_id)

    def checksum(self) -> int:
        """A number that changes with the content, as far as the store knows."""
        return int(self.fs.checksum(self.path))

    def size(self) -> int:
        """Bytes."""
        return int(self.fs.size(self.path))

    def sign(self, expiration: int = 100, **kwargs: Any) -> str:
        """An address with which others may read it for so many seconds. Raises NotImplementedError where there is none."""
        return str(self.fs.sign(self.path, expiration, **kwargs))

    def ukey(self) -> str:
        """A text that tells this content of the object from others."""
        return str(self.fs.ukey(self.path))

    def read_block(self, offset: int, length: int, delimiter: bytes | None = None) -> bytes:
        """Some bytes of it, whole lines (or what ends with `delimiter`) when one is given."""
        data: bytes = self.fs.read_block(self.path, offset, length, delimiter=delimiter)
        return data

    def copy(self, dst: Any, recursive: bool = True, **kwargs: Any) -> None:  # type: ignore[override]
        """Copy a file, or a folder with all in it, also to another store; inside one store nothing is downloaded."""
        target = self._target(dst)
        if self.samestore(target):
            inside = target / self.name if not self.is_dir() and target.is_dir() else target
            self.fs.copy(self.path, inside.path, recursive=recursive, **kwargs)
            return
        if not self.is_dir():
            self._copy_file(target / self.name if target.is_dir() else target)
            return
        if not recursive:
            raise IsADirectoryError(f"{self} is a folder; copy it with recursive=True")
        base = target / self.name if target.exists() else target
        for path in self.fs.find(self.path):
            source = ObjectStoragePath(
                _address(self.protocol, path), conn_id=self.conn_id, **self.own_options
            )
            inner = PurePosixPath(source.path).relative_to(PurePosixPath(self.path))
            source._copy_file(base / str(inner))

    def move(self, path: Any, recursive: bool = True, **kwargs: Any) -> None:  # type: ignore[override]
        """Move a file, or a folder with all in it, also to another store."""
        target = self._target(path)
        if self.samestore(target):
            self.fs.move(self.path, target.path, recursive=recursive, **kwargs)
            return
        is_folder = self.is_dir()
        self.copy(target, recursive=recursive, **kwargs)
        self.fs.rm(self.path, recursive=is_folder)

    def replace(self, target: Any) -> ObjectStoragePath:
        """Move it onto another path of the same store; gives that path."""
        other = self._target(target)
        self.move(other)
        return other

    def _target(self, given: Any) -> ObjectStoragePath:
        if isinstance(given, ObjectStoragePath):
            return given
        text = str(given)
        if "://" not in text and not text.startswith("/"):
            return self.parent / text
        return ObjectStoragePath(text)

    def _copy_file(self, target: ObjectStoragePath) -> None:
        if target.protocol in LOCAL:
            target.parent.mkdir(parents=True, exist_ok=True)
        with self.open("rb") as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, CHUNK)

    # ---- as a value ----------------------------------------------------------------------------------------

    def render_template_path(self, render: Callable[[str], Any]) -> ObjectStoragePath:
        """The path with templates in it rendered."""
        return ObjectStoragePath(render(str(self)), **self.own_options)

    def serialize(self) -> dict[str, Any]:
        """The path as JSON, for XComs."""
        return {"path": self.uri, "conn_id": self.conn_id, "kwargs": self.own_options}

    @classmethod
    def deserialize(cls, data: Mapping[str, Any], version: int = 1) -> ObjectStoragePath:
        """The path of `serialize`. Raises ValueError for a version of a later release."""
        if version > cls.__version__:
            raise ValueError(f"Cannot deserialize version {version} with version {cls.__version__}.")
        return cls(data["path"], conn_id=data.get("conn_id"), **dict(data.get("kwargs") or {}))

    def __reduce__(self) -> Any:
        return _rebuilt, (self.uri, self.conn_id, self.own_options)

    def __str__(self) -> str:
        if self.conn_id is None:
            return self.uri
        protocol, _, rest = self.uri.partition("://")
        return f"{protocol}://{self.conn_id}@{rest}"

    def __fspath__(self) -> str:
        return self.path if self.protocol in LOCAL else str(self)

    def __repr__(self) -> str:
        return f"ObjectStoragePath({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectStoragePath) and str(self) == str(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(str(self))

    def open(self, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        """The object as a file; `compression` as fsspec has it ("infer" = by the ending of the name)."""
        if "compression" in kwargs:
            return self.fs.open(self.path, mode, *args, **kwargs)
        self._connect()
        return super().open(mode, *args, **kwargs)

    def iterdir(self) -> Iterator[ObjectStoragePath]:
        """What is in the folder."""
        self._connect()
        yield from super().iterdir()


for _name in (
    "exists", "is_dir", "is_file", "glob", "rglob", "mkdir", "touch", "unlink", "rmdir", "rename", "walk",
    "read_bytes", "read_text", "write_bytes", "write_text", "samefile",
):  # fmt: skip
    setattr(ObjectStoragePath, _name, _on_the_store(_name))


def _rebuilt(uri: str, conn_id: str | None, options: dict[str, Any]) -> ObjectStoragePath:
    return ObjectStoragePath(uri, conn_id=conn_id, **options)


def _address(protocol: str, path: str) -> str:
    return f"{protocol}://{path if protocol in LOCAL else path.lstrip('/')}"


def _without_user(text: str) -> tuple[str, str | None]:
    """The address without the connection in front of its bucket, and that connection."""
    protocol, mark, rest = text.partition("://")
    if not mark:
        return text, None
    bucket, slash, key = rest.partition("/")
    user, at, host = bucket.rpartition("@")
    # abfs://container@account is Azure's own way to write an address.
    if not at or (protocol in ("abfs", "abfss") and "." in host):
        return text, None
    return f"{protocol}://{host}{slash}{key}", user or None
