"""The XCom backend of the common-io provider: large values are objects of a store, the database keeps their address.

Switched on with [core] xcom_backend = airflow.providers.common.io.xcom.backend.XComObjectStorageBackend. Settings of
the section [common.io]: xcom_objectstorage_path (`s3://connection@bucket/key`), xcom_objectstorage_threshold (bytes; a
larger value leaves the database; 0 = every value, -1 = none), xcom_objectstorage_compression (gzip, zip, bz2, lzma …).
"""

from __future__ import annotations

import uuid
from typing import Any

from ostro.sdk import serde
from ostro.sdk.conf import conf
from ostro.sdk.exceptions import AirflowConfigException
from ostro.sdk.io.path import ObjectStoragePath
from ostro.sdk.xcom import BaseXCom

SECTION = "common.io"
#: File name endings of compressions whose own name is none.
ENDINGS = {"gzip": "gz", "lzma": "xz"}


class XComObjectStorageBackend(BaseXCom):
    """See the module."""

    @staticmethod
    def serialize_value(value: Any, **where: Any) -> Any:
        """JSON of the value, or of the address under which it was stored."""
        data = serde.dumps(value)
        threshold = conf.getint(SECTION, "xcom_objectstorage_threshold", fallback=-1)
        if threshold < 0 or len(data) < threshold:
            return BaseXCom.serialize_value(value)
        compression = conf.get(SECTION, "xcom_objectstorage_compression", fallback="") or None
        ending = f".{ENDINGS.get(compression, compression)}" if compression else ""
        parts = [str(where.get(name) or "") for name in ("dag_id", "run_id", "task_id")]
        base = _base()
        path = base.joinpath(*(p for p in parts if p), f"{uuid.uuid4()}{ending}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb", compression=compression) as file:
            file.write(data)
        return BaseXCom.serialize_value(str(path))

    @staticmethod
    def deserialize_value(result: Any) -> Any:
        """The value, fetched from the store when it is there."""
        stored = BaseXCom.deserialize_value(result)
        path = _inside(stored)
        if path is None:
            return stored
        with path.open("rb", compression="infer") as file:
            return serde.loads(file.read())

    @staticmethod
    def purge(xcom: Any, *args: Any) -> None:
        """Delete the object of an XCom that is deleted."""
        path = _inside(BaseXCom.deserialize_value(xcom))
        if path is not None:
            path.unlink(missing_ok=True)


def _base() -> ObjectStoragePath:
    address = conf.get(SECTION, "xcom_objectstorage_path", fallback="")
    if not address:
        raise AirflowConfigException(
            f"[{SECTION}] xcom_objectstorage_path is not set; the XCom backend needs it, for example s3://conn_id@bucket/key"
        )
    return ObjectStoragePath(address)


def _inside(stored: Any) -> ObjectStoragePath | None:
    """The path of a stored address below our folder; None for a value that is no such address."""
    if not isinstance(stored, str) or "://" not in stored:
        return None
    base = _base()
    path = ObjectStoragePath(stored, conn_id=base.conn_id)
    return path if path.uri.startswith(base.uri.rstrip("/") + "/") else None


__all__ = ["XComObjectStorageBackend"]
