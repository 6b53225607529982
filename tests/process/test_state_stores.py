"""`task_state_store`, `asset_state_store` and jobs that outlive a try, as tasks see them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from ostro.protocol import task as p
from ostro.runtime.state_backends import clear_after_success
from ostro.runtime.state_stores import NEVER_EXPIRE
from ostro.sdk import state
from ostro.sdk.assets import Asset
from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.resumable import ResumableJobMixin
from ostro.sdk.state import BaseStoreBackend

from .fake_engine import Attempts
from .made import dag_of, python

ONE, TWO = Asset("one"), Asset("two", "s3://b/two")


def test_a_task_keeps_what_its_next_try_finds(attempts: Attempts) -> None:
    def work(task_state_store: Any, ti: Any) -> Any:
        before = task_state_store.get("page", 0)
        task_state_store.set("page", before + 1, retention=timedelta(hours=1))
        task_state_store.set("kept", {"a": [1]}, retention=NEVER_EXPIRE)
        task_state_store.delete("nothing")
        return before

    dag = python(work)
    assert attempts.run(dag).value() == 0
    assert attempts.run(dag, try_number=2).value() == 1
    written = [m for m in attempts.engine.asked if isinstance(m, p.SetState)]
    assert written[0].expires_at is not None
    assert written[1].expires_at is None
    assert attempts.engine.state == {(None, "page"): b"2", (None, "kept"): b'{"a": [1]}'}


@pytest.mark.parametrize("value", [None, {1, 2}, float("nan"), object()])
def test_only_json_is_kept(attempts: Attempts, value: Any) -> None:
    ended = attempts.run(python(lambda task_state_store: task_state_store.set("k", value)))

    assert ended.result.text.startswith("ValueError: the state 'k'")


def test_a_long_value_is_warned_of(attempts: Attempts) -> None:
    ended = attempts.run(python(lambda task_state_store: task_state_store.set("k", "x" * 70_000)))

    assert "70002 bytes long" in ended.said("bytes long")["event"]
    assert len(attempts.engine.state) == 1


def test_the_state_of_an_asset(attempts: Attempts) -> None:
    def work(asset_state_store: Any) -> Any:
        asset_state_store[TWO].set("seen", "x")
        asset_state_store[ONE].clear()
        return asset_state_store[TWO].get("seen")

    assert attempts.run(python(work, inlets=[ONE], outlets=[TWO])).value() == "x"
    assert attempts.engine.state == {(("two", "s3://b/two"), "seen"): b'"x"'}


def test_a_task_with_one_asset_need_not_name_it(attempts: Attempts) -> None:
    ended = attempts.run(python(lambda asset_state_store: asset_state_store.set("k", 1), outlets=[ONE]))

    assert attempts.engine.state == {(("one", "one"), "k"): b"1"}, ended.events


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "KeyError: 'asset_state_store'"),
        ({"inlets": [ONE], "outlets": [TWO]}, "ValueError: the task has 2 assets"),
    ],
)
def test_which_asset_must_be_known(attempts: Attempts, more: dict[str, Any], text: str) -> None:
    def work(**context: Any) -> None:
        from ostro.sdk.context import get_current_context

        get_current_context()["asset_state_store"].get("k")

    assert attempts.run(python(work, **more)).result.text.startswith(text)


def test_an_asset_of_another_task_is_refused(attempts: Attempts) -> None:
    ended = attempts.run(python(lambda asset_state_store: asset_state_store[TWO].get("k"), outlets=[ONE]))

    assert "not among the inlets and outlets" in ended.result.text


class Job(ResumableJobMixin, BaseOperator):
    """Its process dies while the job runs elsewhere."""

    def execute(self, context: Any) -> Any:
        return self.execute_resumable(context)

    def submit_job(self, context: Any) -> str:
        print("submitted")
        return f"job-{context['ti'].try_number}"

    def get_job_status(self, external_id: Any, context: Any) -> str:
        return "RUNNING" if context["ti"].try_number < 3 else "LOST"

    def is_job_active(self, status: str) -> bool:
        return status == "RUNNING"

    def is_job_succeeded(self, status: str) -> bool:
        return status == "SUCCEEDED"

    def poll_until_complete(self, external_id: Any, context: Any) -> None:
        if context["ti"].try_number == 1:
            raise ConnectionError("the network is gone")

    def get_job_result(self, external_id: Any, context: Any) -> Any:
        return external_id


def test_a_job_is_taken_up_again_by_the_next_try_and_replaced_when_it_is_lost(attempts: Attempts) -> None:
    dag = dag_of()
    Job(task_id="t", dag=dag)

    first = attempts.run(dag)
    assert first.result.text.startswith("ConnectionError")
    second = attempts.run(dag, try_number=2)
    assert second.value() == "job-1"
    assert "submitted" not in second.events
    assert attempts.run(dag, try_number=3).value() == "job-3"


def test_a_job_that_is_not_durable_starts_anew(attempts: Attempts) -> None:
    dag = dag_of()
    Job(task_id="t", durable=False, dag=dag)

    attempts.run(dag)
    assert attempts.run(dag, try_number=2).value() == "job-2"
    assert attempts.engine.state == {}


# ---- back ends of the installation ---------------------------------------------------------------------------


class Bucket(BaseStoreBackend):
    """Keeps values in a dict; references are addresses."""

    kept: ClassVar[dict[Any, Any]] = {}
    told: ClassVar[list[Any]] = []

    def get(self, scope: Any, key: str, *, session: Any = None) -> str | None:
        return self.kept.get((scope, key))

    def set(self, scope: Any, key: str, value: str, *, expires_at: Any = None, session: Any = None) -> None:
        self.kept[scope, key] = value
        self.told.append(("until", expires_at))

    def delete(self, scope: Any, key: str, *, session: Any = None) -> None:
        self.told.append(("delete", scope, key))

    def clear(self, scope: Any, *, all_map_indices: bool = False, session: Any = None) -> None:
        self.told.append(("clear", scope, all_map_indices))

    async def aget(self, scope: Any, key: str, *, session: Any = None) -> str | None:
        return self.get(scope, key)

    async def aset(
        self, scope: Any, key: str, value: str, *, expires_at: Any = None, session: Any = None
    ) -> None:
        self.set(scope, key, value, expires_at=expires_at)

    async def adelete(self, scope: Any, key: str, *, session: Any = None) -> None:
        self.told.append(("adelete", scope, key))

    async def aclear(self, scope: Any, *, all_map_indices: bool = False, session: Any = None) -> None:
        self.told.append(("aclear", scope, all_map_indices))

    def serialize_task_state_store_to_ref(self, *, value: Any, key: str, scope: Any) -> str:
        self.kept[f"at/{scope.task_id}/{key}"] = value
        return f"at/{scope.task_id}/{key}"

    def deserialize_task_state_store_from_ref(self, stored: str) -> Any:
        return self.kept[stored]


@pytest.fixture
def kept_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Names the back end of an option."""
    Bucket.kept.clear()
    Bucket.told.clear()

    def name(section: str, option: str, path: str = f"{__name__}.Bucket") -> None:
        monkeypatch.setenv(f"AIRFLOW__{section.upper()}__{option.upper()}", path)
        state.of_values.cache_clear()
        state.of_all.cache_clear()

    yield name
    monkeypatch.undo()
    state.of_values.cache_clear()
    state.of_all.cache_clear()


def test_a_back_end_of_values_leaves_references(attempts: Attempts, kept_in: Any) -> None:
    kept_in("workers", "state_store_backend")

    def work(task_state_store: Any) -> Any:
        task_state_store.set("page", {"a": "x" * 70_000})
        task_state_store.delete("old")
        return [
            len(task_state_store.get("page")["a"]),
            task_state_store.get("none", 5),
            [t[0] for t in Bucket.told],
        ]

    ended = attempts.run(python(work))

    assert ended.value() == [70_000, 5, ["delete"]]
    assert attempts.engine.state == {(None, "page"): b'{"__airflow_state_ref__": "at/t/page"}'}
    assert not any("bytes long" in str(line) for line in ended.lines)


def test_what_was_written_without_the_back_end_is_given_as_it_is(attempts: Attempts, kept_in: Any) -> None:
    attempts.run(python(lambda task_state_store: task_state_store.set("page", 3)))
    kept_in("workers", "state_store_backend")

    ended = attempts.run(python(lambda task_state_store: task_state_store.get("page")))

    assert ended.value() == 3
    assert "was not written through" in ended.said("'page'")["event"]


def test_success_clears_back_ends_too(kept_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_in("workers", "state_store_backend")
    where: dict[str, Any] = {"dag_id": "d", "run_id": "r", "task_id": "t", "map_index": 2}

    clear_after_success(**where)
    assert Bucket.told == []
    monkeypatch.setenv("AIRFLOW__STATE_STORE__CLEAR_ON_SUCCESS", "true")
    clear_after_success(**where)

    assert Bucket.told == [("clear", state.TaskScope("d", "r", "t", 2), False)]


def test_a_back_end_of_everything_takes_the_place_of_the_engine(attempts: Attempts, kept_in: Any) -> None:
    kept_in("state_store", "backend")

    def work(task_state_store: Any, asset_state_store: Any, ti: Any) -> Any:
        async def later() -> Any:
            await asset_state_store.aset("seen", [1])
            await asset_state_store.adelete("old")
            return await asset_state_store.aget("seen")

        task_state_store.set("page", 1, retention=NEVER_EXPIRE)
        found = [task_state_store.get("page"), asyncio.run(later())]
        return [*found, [t[0] for t in Bucket.told]]

    assert attempts.run(python(work, inlets=[ONE])).value() == [1, [1], ["until", "until", "adelete"]]
    assert attempts.engine.state == {}
    assert not [m for m in attempts.engine.asked if isinstance(m, p.GetState | p.SetState | p.DeleteState)]


@pytest.mark.parametrize(("path", "words"), [("nowhere.Bucket", "nowhere"), ("builtins.dict", "no subclass")])
def test_a_back_end_that_cannot_be(attempts: Attempts, kept_in: Any, path: str, words: str) -> None:
    kept_in("workers", "state_store_backend", path)

    ended = attempts.run(python(lambda task_state_store: task_state_store.set("k", 1)))

    assert "[workers] state_store_backend: " in ended.result.text
    assert words in ended.result.text
