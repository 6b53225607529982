"""ObjectStoragePath, attach, and the file systems behind them."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from ostro.errors import UserError
from ostro.sdk import serde, templater
from ostro.sdk.io import store
from ostro.sdk.io.path import ObjectStoragePath
from ostro.sdk.io.store import ObjectStore, attach


@pytest.fixture(autouse=True)
def empty_memory() -> Iterator[None]:
    """fsspec's memory file system is one for the whole process."""
    yield
    fsspec.filesystem("memory").store.clear()
    fsspec.filesystem("memory").pseudo_dirs[:] = [""]
    store._attached.clear()


@pytest.fixture
def folder(tmp_path: Path) -> ObjectStoragePath:
    return ObjectStoragePath(f"file://{tmp_path}")


def test_the_connection_is_the_user_of_the_address() -> None:
    path = ObjectStoragePath("s3://aws@bucket/a/b.txt")

    assert (path.conn_id, path.protocol, path.bucket, path.container) == ("aws", "s3", "bucket", "bucket")
    assert (path.key, path.namespace, path.name, path.suffix) == ("a/b.txt", "s3://bucket", "b.txt", ".txt")
    assert str(path) == "s3://aws@bucket/a/b.txt"
    assert str(path.parent / "c") == "s3://aws@bucket/a/c"
    assert path == ObjectStoragePath("s3://bucket/a/b.txt", conn_id="aws")
    assert path != ObjectStoragePath("s3://bucket/a/b.txt")


def test_an_address_of_azure_has_its_account_behind_the_at() -> None:
    path = ObjectStoragePath("abfs://box@account.dfs.core.windows.net/a")

    assert path.conn_id is None


def test_it_is_a_value_like_others() -> None:
    path = ObjectStoragePath("memory://c@box/a", flag=1)

    for copy in (pickle.loads(pickle.dumps(path)), serde.loads(serde.dumps(path)), ObjectStoragePath(path)):
        assert (copy, copy.conn_id, copy.own_options) == (path, "c", {"flag": 1})
    assert len({path, ObjectStoragePath(path)}) == 1
    with pytest.raises(ValueError, match="version 9"):
        ObjectStoragePath.deserialize({"path": "memory://x"}, 9)


def test_making_a_path_asks_for_nothing() -> None:
    # The connection is not there; a path at the top of a DAG file must not look for it.
    path = ObjectStoragePath("sftp://not_there@host/a") / "b"

    assert path.key == "a/b"


def test_files_are_files(folder: ObjectStoragePath, tmp_path: Path) -> None:
    path = folder / "a.txt"

    path.write_text("text")

    assert (tmp_path / "a.txt").read_text() == path.read_text() == "text"
    assert (path.exists(), path.is_file(), path.size(), path.stat().st_size) == (True, True, 4, 4)
    assert path.stat().st_mtime == pytest.approx((tmp_path / "a.txt").stat().st_mtime)
    assert [p.name for p in folder.iterdir()] == ["a.txt"]
    assert os.fspath(path) == str(tmp_path / "a.txt")
    path.unlink()
    assert not path.exists()


def test_a_path_without_protocol_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert str(ObjectStoragePath("x")) == str(ObjectStoragePath(tmp_path, "x")) == f"file://{tmp_path}/x"


def test_copy_and_move_between_stores(folder: ObjectStoragePath) -> None:
    (folder / "a").write_bytes(b"data")
    far = ObjectStoragePath("memory://box/a")

    (folder / "a").copy(far)
    far.move(folder / "b")

    assert (folder / "b").read_bytes() == b"data"
    assert (far.exists(), (folder / "a").exists()) == (False, True)


def test_copy_inside_a_store_and_folders(folder: ObjectStoragePath) -> None:
    (folder / "in" / "deep").mkdir(parents=True)
    (folder / "in" / "x").write_text("x")
    (folder / "in" / "deep" / "y").write_text("y")
    far = ObjectStoragePath("memory://box/out")

    (folder / "in").copy(far)
    (far / "x").copy(far / "z")
    far.copy(folder / "back")

    assert sorted(p.key for p in far.rglob("*") if p.is_file()) == ["out/deep/y", "out/x", "out/z"]
    assert (folder / "back" / "deep" / "y").read_text() == "y"
    with pytest.raises(IsADirectoryError):
        (folder / "in").copy(ObjectStoragePath("memory://box/no"), recursive=False)


def test_the_same_store_is_protocol_and_connection() -> None:
    path = ObjectStoragePath("s3://aws@one/a")

    assert path.samestore(ObjectStoragePath("s3://aws@two/b"))
    assert not path.samestore(ObjectStoragePath("s3://other@one/a"))
    assert not path.samestore("s3://aws@one/a")


def test_templates_inside_a_path_are_rendered() -> None:
    path = ObjectStoragePath("s3://aws@bucket/{{ ds }}/x", anon=True)

    rendered = templater.render(path, {"ds": "2024-03-05"}, owner=templater.Templater())

    assert (str(rendered), rendered.own_options) == ("s3://aws@bucket/2024-03-05/x", {"anon": True})


# ---- stores ----------------------------------------------------------------------------------------------------


def test_a_file_system_can_be_attached() -> None:
    own = fsspec.filesystem("memory")

    known = attach("mine", "c", fs=own)

    assert attach("mine", "c") is known
    assert known.fs is own
    assert attach(alias="mine-c") is known
    assert ObjectStore.deserialize(attach("memory").serialize()) == attach("memory")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "No protocol"),
        ({"protocol": "nosuch"}, "No filesystem registered for protocol: nosuch"),
        ({"alias": "x"}, "alias: x"),
    ],
)
def test_what_cannot_be_attached(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        attach(**arguments)


def test_a_missing_package_is_named() -> None:
    with pytest.raises(UserError, match=r"no file system for s3://.*s3fs"):
        store.get_fs("s3")


def test_a_connection_becomes_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_AWS",
        '{"conn_type": "aws", "login": "k", "password": "secret-key", "extra": {"endpoint_url": "http://x",'
        ' "region_name": "eu-1", "storage_options": {"anon": false}}}',
    )

    assert store._options_of("aws", "s3") == {
        "key": "k",
        "secret": "secret-key",
        "endpoint_url": "http://x",
        "client_kwargs": {"region_name": "eu-1"},
        "anon": False,
    }


def test_the_file_system_of_a_provider_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def get_fs(conn_id: str | None, storage_options: dict[str, Any]) -> Any:
        asked.append((conn_id, storage_options))
        return fsspec.filesystem("memory")

    monkeypatch.setattr(store, "provider_filesystems", lambda: {"s3": get_fs})

    ObjectStoragePath("s3://aws@bucket/a", flag=1).write_text("x")

    assert asked == [("aws", {"flag": 1})]
    assert fsspec.filesystem("memory").cat("bucket/a") == b"x"
