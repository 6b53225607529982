"""What an installation adds to a task: backends, policies, assets."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ostro.sdk import secrets, xcom
from ostro.sdk.assets import Asset, AssetAlias, Metadata
from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.connection import Connection
from ostro.sdk.secrets import BaseSecretsBackend
from ostro.sdk.variable import Variable
from ostro.sdk.xcom import BaseXCom

from .fake_engine import DATE, Attempts
from .made import dag_of, python, raising


class ElsewhereXCom(BaseXCom):
    """Keeps values in a file and passes a reference, with the signatures that 2.x backends have."""

    @staticmethod
    def serialize_value(value: Any, **kwargs: Any) -> Any:
        assert kwargs["task_id"] == "t"
        return BaseXCom.serialize_value({"kept": value})

    @staticmethod
    def deserialize_value(result: Any) -> Any:
        return BaseXCom.deserialize_value(result)["kept"]


class OneSecret(BaseSecretsBackend):
    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix

    def get_variable(self, key: str, team_name: str | None = None) -> str | None:
        return f"{self.prefix}-{key}" if key == "known" else None

    def get_conn_value(self, conn_id: str, team_name: str | None = None) -> str | None:
        return "http://backend-host" if conn_id == "known" else None


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets a setting; what was read of it before is forgotten."""

    def set_one(section: str, key: str, value: str) -> None:
        monkeypatch.setenv(f"AIRFLOW__{section}__{key}".upper(), value)
        xcom.backend.cache_clear()
        secrets.backends.cache_clear()

    yield set_one
    monkeypatch.undo()
    xcom.backend.cache_clear()
    secrets.backends.cache_clear()


def test_a_backend_of_xcoms_has_its_say(attempts: Attempts, setting: Any) -> None:
    setting("core", "xcom_backend", f"{__name__}.ElsewhereXCom")

    def hand_over(ti: Any) -> Any:
        ti.xcom_push("k", [1])
        return ti.xcom_pull(key="k")

    assert attempts.run(python(hand_over)).value() == {"kept": [1]}


def test_a_backend_of_secrets_comes_first(attempts: Attempts, setting: Any) -> None:
    setting("secrets", "backend", f"{__name__}.OneSecret")
    setting("secrets", "backend_kwargs", '{"prefix": "from-backend"}')
    attempts.engine.variables["other"] = "from-engine"

    ended = attempts.run(
        python(lambda: [Variable.get("known"), Variable.get("other"), Connection.get("known").host])
    )

    assert ended.value() == ["from-backend-known", "from-engine", "backend-host"]


class Policy:
    def __init__(self, action: str) -> None:
        self.action = action

    def evaluate(self, exception: Exception, try_number: int, max_tries: int, context: Any) -> Any:
        if self.action == "raise":
            raise RuntimeError("in the policy")
        return SimpleNamespace(
            action=self.action, retry_delay=timedelta(seconds=7), reason=f"try {try_number}"
        )


@pytest.mark.parametrize(
    ("action", "fail_now", "delay"), [("fail", True, 7.0), ("retry", False, 7.0), ("raise", False, None)]
)
def test_a_retry_policy_decides(attempts: Attempts, action: str, fail_now: bool, delay: float | None) -> None:
    result = attempts.run(python(raising(ValueError("x")), retry_policy=Policy(action))).result

    assert (result.fail_now, result.retry_delay, result.retryable) == (fail_now, delay, True)


def test_outlets_become_events(attempts: Attempts) -> None:
    table, alias = Asset("table", extra={"a": 1}), AssetAlias("many")

    def write(outlet_events: Any) -> None:
        outlet_events[table].extra["rows"] = 3
        outlet_events[alias].add(Asset(name="other", uri="s3://b/k"), extra={"at": DATE})

    events = attempts.run(python(write, outlets=[table, alias])).result.asset_events

    assert [(e["name"], e["uri"], e.get("aliases")) for e in events] == [
        ("table", "table", None),
        ("other", "s3://b/k", ["many"]),
    ]
    assert events[0]["extra"] == {"rows": 3}


def test_a_generator_yields_metadata(attempts: Attempts) -> None:
    table = Asset("table")

    def work() -> Any:
        yield Metadata(table, {"rows": 5})
        return "value"

    ended = attempts.run(python(work, outlets=[table]))

    assert (ended.value(), ended.result.asset_events[0]["extra"]) == ("value", {"rows": 5})


def test_events_that_made_the_run(attempts: Attempts) -> None:
    consumed = [{"name": "table", "uri": "table", "extra": {"rows": 1}, "source_task_id": "w"}]

    def read(triggering_asset_events: Any) -> Any:
        (events,) = triggering_asset_events.values()
        return [
            events[0].extra["rows"],
            events[0].source_task_id,
            len(triggering_asset_events[Asset("table")]),
        ]

    assert attempts.run(python(read), run={"consumed_asset_events": consumed}).value() == [1, "w", 1]


def test_something_that_cannot_be_sent_is_a_failure(attempts: Attempts) -> None:
    class Huge(BaseOperator):
        def execute(self, context: Any) -> None:
            trigger = SimpleNamespace(serialize=lambda: ("my.Trigger", {"n": 2**80}))
            self.defer(trigger=trigger, method_name="go_on")

    dag = dag_of()
    Huge(task_id="t", dag=dag)

    ended = attempts.run(dag)

    assert (ended.status, type(ended.result).__name__, ended.result.kind) == (0, "Failed", "xcom")
