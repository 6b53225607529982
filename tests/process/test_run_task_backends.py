"""XCom backends of 2.x and 3.x in the process of an attempt."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ostro.sdk import xcom
from ostro.sdk.xcom import BaseXCom

from .fake_engine import Attempts
from .made import python

Setting = Callable[[str, str, str], None]


class Pickles(BaseXCom):
    """2.x: bytes of its own in and out, and no keywords."""

    @staticmethod
    def serialize_value(value: Any) -> Any:  # type: ignore[override]
        return pickle.dumps(value)

    @staticmethod
    def deserialize_value(result: Any) -> Any:
        return pickle.loads(result.value)


class JsonBytes(BaseXCom):
    """2.x: JSON as bytes."""

    @staticmethod
    def serialize_value(value: Any, key: Any = None, task_id: Any = None, **kwargs: Any) -> Any:
        return json.dumps({"mine": value, "of": f"{task_id}.{key}"}).encode("UTF-8")

    @staticmethod
    def deserialize_value(result: Any) -> Any:
        return json.loads(result.value.decode("UTF-8"))["mine"]


class Address(BaseXCom):
    """3.x: a JSON value of its own, a reference; the value lies elsewhere."""

    folder = Path()

    @staticmethod
    def serialize_value(
        value: Any, *, key: Any, task_id: Any, dag_id: Any, run_id: Any, map_index: Any
    ) -> Any:
        path = Address.folder / f"{run_id}-{task_id}-{key}"
        path.write_text(json.dumps(value))
        return f"elsewhere://{path}"

    @staticmethod
    def deserialize_value(result: Any) -> Any:
        assert result.value.startswith("elsewhere://"), result.value
        return json.loads(Path(result.value.removeprefix("elsewhere://")).read_text())

    @staticmethod
    def purge(xcom: Any, *args: Any) -> None:
        Path(xcom.value.removeprefix("elsewhere://")).unlink()


class Reference(BaseXCom):
    """The usual way of both: a text of its own through the base class."""

    @staticmethod
    def serialize_value(value: Any, **kwargs: Any) -> Any:
        return BaseXCom.serialize_value(f"ref:{json.dumps(value)}", **kwargs)

    @staticmethod
    def deserialize_value(result: Any) -> Any:
        text = BaseXCom.deserialize_value(result)
        return json.loads(text.removeprefix("ref:"))


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    def set_one(section: str, key: str, value: str) -> None:
        monkeypatch.setenv(f"AIRFLOW__{section}__{key}".upper(), value)
        xcom.backend.cache_clear()

    yield set_one
    monkeypatch.undo()
    xcom.backend.cache_clear()


def hand_over(ti: Any) -> Any:
    ti.xcom_push("k", {"a": [1]})
    return ti.xcom_pull(key="k")


@pytest.mark.parametrize("kind", [Pickles, JsonBytes, Address, Reference])
def test_what_a_backend_stores_comes_back(
    attempts: Attempts,
    setting: Setting,
    tmp_path: Path,
    kind: type[BaseXCom],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    setting("core", "xcom_backend", f"{__name__}.{kind.__name__}")
    monkeypatch.setattr(Address, "folder", tmp_path)

    ended = attempts.run(python(hand_over))

    (row,) = ended.result.xcoms
    assert xcom.load(row.value) == {"a": [1]}
    # Screens read every stored value as JSON.
    json.loads(row.value)


def test_what_screens_show_is_the_reference(attempts: Attempts, setting: Setting, tmp_path: Path) -> None:
    setting("core", "xcom_backend", f"{__name__}.Address")
    Address.folder = tmp_path

    ended = attempts.run(python(lambda: 1))

    assert ended.value() == f"elsewhere://{tmp_path}/conf_1-t-return_value"


def test_a_new_try_purges_what_the_last_one_left(
    attempts: Attempts, setting: Setting, tmp_path: Path
) -> None:
    setting("core", "xcom_backend", f"{__name__}.Address")
    Address.folder = tmp_path
    old = tmp_path / "old"
    old.write_text("1")
    gone = json.dumps(f"elsewhere://{tmp_path}/gone").encode()

    ended = attempts.run(
        python(lambda: 1), purge=[("return_value", json.dumps(f"elsewhere://{old}").encode()), ("k", gone)]
    )

    assert not old.exists()
    assert ended.said("could not be purged")["level"] == "warning"
    assert type(ended.result).__name__ == "Succeeded"


def test_large_values_go_to_the_object_store(attempts: Attempts, setting: Setting, tmp_path: Path) -> None:
    setting("core", "xcom_backend", "airflow.providers.common.io.xcom.backend.XComObjectStorageBackend")
    setting("common_io", "xcom_objectstorage_path", f"file://{tmp_path}/xcoms")
    setting("common_io", "xcom_objectstorage_threshold", "50")
    setting("common_io", "xcom_objectstorage_compression", "gzip")

    def values(ti: Any) -> Any:
        ti.xcom_push("small", [1])
        ti.xcom_push("large", ["x" * 100])
        return [ti.xcom_pull(key="small"), len(ti.xcom_pull(key="large")[0])]

    ended = attempts.run(python(values))

    stored = {
        row.key: json.loads(row.value) for q in ended.engine.asked if hasattr(q, "row") for row in [q.row]
    }
    assert (ended.value(), stored["small"]) == ([[1], 100], [1])
    assert stored["large"].startswith(f"file://{tmp_path}/xcoms/d/conf_1/t/")
    (file,) = (tmp_path / "xcoms/d/conf_1/t").iterdir()
    assert file.suffix == ".gz"
    assert file.read_bytes()[:2] == b"\x1f\x8b"


def test_a_backend_that_is_none_is_an_error(setting: Setting) -> None:
    from ostro.sdk.exceptions import AirflowConfigException

    setting("core", "xcom_backend", "json.JSONDecoder")
    with pytest.raises(AirflowConfigException, match="no subclass of BaseXCom"):
        xcom.backend()
