"""Pools, variables, connections, the audit log, health and other facts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ostro.errors import UserError
from ostro.store import ConnectionRecord, Store, connections, engines, variables
from ostro.timetable import CronTriggerTimetable, encode
from store.made import NOW

from .conftest import World, task


class TestPools:
    def test_default(self, world: World) -> None:
        found = world.api("/pools")
        assert found["total_entries"] == 1
        assert found["pools"][0] == {
            "name": "default_pool", "slots": 128, "description": "Default pool", "include_deferred": False,
            "occupied_slots": 0, "running_slots": 0, "queued_slots": 0, "scheduled_slots": 0, "open_slots": 128,
            "deferred_slots": 0, "team_name": None,
        }  # fmt: skip

    def test_life_of_one(self, world: World) -> None:
        made = world.send("POST", "/pools", {"name": "p/q", "slots": 2}, 201)
        assert (made["name"], made["slots"], made["open_slots"]) == ("p/q", 2, 2)
        world.send("POST", "/pools", {"name": "p/q", "slots": 2}, 409)
        assert world.send("PATCH", "/pools/p/q", {"slots": 5, "description": "x"})["description"] == "x"
        assert (
            world.send("PATCH", "/pools/p/q", {"slots": 9, "description": "y"}, update_mask="slots")[
                "description"
            ]
            == "x"
        )
        world.send("PATCH", "/pools/p/q", {"name": "other"}, 400)
        world.send("DELETE", "/pools/p/q", status=204)
        world.send("DELETE", "/pools/p/q", status=404)
        world.api("/pools/p/q", 404)
        assert world.woken and all("" in dags for _, dags in world.woken)

    def test_the_default_pool_stays(self, world: World) -> None:
        world.send("DELETE", "/pools/default_pool", status=400)
        world.send("PATCH", "/pools/default_pool", {"description": "x"}, 400)
        assert world.send("PATCH", "/pools/default_pool", {"slots": 3})["slots"] == 3

    def test_numbers_that_are_no_slots(self, world: World) -> None:
        world.send("POST", "/pools", {"name": "p", "slots": -2}, 422)
        world.send("POST", "/pools", {"name": "", "slots": 2}, 422)

    def test_occupied(self, world: World) -> None:
        world.dag(task("a"), task("b"))
        run = world.run()
        world.states(run, a="running", b="scheduled")
        found = world.api("/pools/default_pool")
        assert (found["running_slots"], found["scheduled_slots"], found["open_slots"]) == (1, 1, 127)

    def test_bulk(self, world: World) -> None:
        body = {
            "actions": [
                {"action": "create", "entities": [{"name": "a", "slots": 1}, {"name": "b", "slots": 2}]},
                {"action": "create", "entities": [{"name": "a", "slots": 9}], "action_on_existence": "skip"},
                {"action": "create", "entities": [{"name": "a", "slots": 9}]},
                {"action": "update", "entities": [{"name": "b", "slots": 7}, {"name": "none", "slots": 1}]},
                {"action": "delete", "entities": ["a", "none"], "action_on_non_existence": "skip"},
            ]
        }
        found = world.send("PATCH", "/pools", body)
        assert found["create"]["success"] == ["a", "b"]
        assert [e["status_code"] for e in found["create"]["errors"]] == [409]
        assert found["update"]["success"] == ["b"]
        assert found["delete"] == {"success": ["a"], "errors": []}
        assert world.api("/pools/b")["slots"] == 7

    def test_order_and_pattern(self, world: World) -> None:
        for name, slots in (("a", 5), ("bb", 1)):
            world.send("POST", "/pools", {"name": name, "slots": slots}, 201)
        found = world.api("/pools", order_by="-slots", pool_name_pattern="%B%|a")
        assert [p["name"] for p in found["pools"]] == ["default_pool", "a", "bb"]
        assert [p["name"] for p in world.api("/pools", pool_name_pattern="bb")["pools"]] == ["bb"]
        world.api("/pools", 400, order_by="colour")


class TestVariables:
    def test_life_of_one(self, world: World) -> None:
        made = world.send("POST", "/variables", {"key": "k/1", "value": "v", "description": "d"}, 201)
        assert made == {
            "key": "k/1",
            "value": "v",
            "description": "d",
            "is_encrypted": True,
            "team_name": None,
        }
        world.send("POST", "/variables", {"key": "k/1", "value": "v"}, 409)
        assert world.send("PATCH", "/variables/k/1", {"key": "k/1", "value": "w"})["value"] == "w"
        assert world.api("/variables/k/1")["description"] == "d"
        world.send("PATCH", "/variables/k/1", {"key": "other", "value": "w"}, 400)
        world.send("DELETE", "/variables/k/1", status=204)
        world.api("/variables/k/1", 404)

    def test_json_values_are_kept_as_text(self, world: World) -> None:
        assert (
            world.send("POST", "/variables", {"key": "k", "value": {"a": [1]}}, 201)["value"] == '{"a":[1]}'
        )

    def test_secrets_are_never_shown(self, world: World) -> None:
        world.send("POST", "/variables", {"key": "api_key", "value": "canary-1"}, 201)
        world.send("POST", "/variables", {"key": "conf", "value": {"password": "canary-2", "n": 1}}, 201)
        text = json.dumps(world.api("/variables")) + json.dumps(world.api("/eventLogs"))
        assert "canary" not in text
        assert world.api("/variables/conf")["value"] == '{"password":"***","n":1}'
        world.send("PATCH", "/variables/api_key", {"key": "api_key", "value": "***", "description": "x"})
        with world.store.read() as tx:
            assert variables.get_value(tx, "api_key", world.deps.cipher) == "canary-1"

    @pytest.mark.parametrize(
        "value", ['{"password": "canary", "n": 1}', '[{"token": "canary"}, {"token": ""}]']
    )
    def test_what_comes_back_masked_stays(self, world: World, value: str) -> None:
        """Who changes the description on a screen sends the value as it was shown."""
        body = {"key": "conf", "value": value}
        made = world.send("POST", "/variables", body, 201)
        world.send("PATCH", "/variables/conf", {**body, "value": made["value"], "description": "x"})
        entity = {"key": "conf", "value": made["value"]}
        for action in ({"action": "update"}, {"action": "create", "action_on_existence": "overwrite"}):
            done = world.send("PATCH", "/variables", {"actions": [{**action, "entities": [entity]}]})
            assert done[action["action"]]["success"] == ["conf"]
        with world.store.read() as tx:
            assert variables.get_value(tx, "conf", world.deps.cipher) == value
        changed = made["value"].replace("***", "new")
        world.send("PATCH", "/variables/conf", {"key": "conf", "value": changed})
        with world.store.read() as tx:
            assert variables.get_value(tx, "conf", world.deps.cipher) == changed

    def test_bulk(self, world: World) -> None:
        body = {
            "actions": [
                {"action": "create", "entities": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]}
            ]
        }
        assert world.send("PATCH", "/variables", body)["create"]["success"] == ["a", "b"]
        body = {
            "actions": [
                {
                    "action": "create",
                    "entities": [{"key": "a", "value": "9"}],
                    "action_on_existence": "overwrite",
                }
            ]
        }
        world.send("PATCH", "/variables", body)
        assert world.api("/variables/a")["value"] == "9"


class TestConnections:
    BODY = {
        "connection_id": "db", "conn_type": "postgres", "host": "h", "login": "me", "schema": "s", "port": 5432,
        "password": "canary-1", "extra": '{"sslmode": "require", "private_key": "canary-2"}', "description": "x",
    }  # fmt: skip

    def test_what_goes_in_never_comes_out(self, world: World) -> None:
        """S14: passwords and secret extras."""
        made = world.send("POST", "/connections", self.BODY, 201)
        assert made["schema"] == "s"
        assert made["password"] == "***"
        assert json.loads(made["extra"]) == {"sslmode": "require", "private_key": "***"}
        text = json.dumps(world.api("/connections")) + json.dumps(world.api("/eventLogs"))
        assert "canary" not in text

    def test_what_comes_back_masked_stays(self, world: World) -> None:
        made = world.send("POST", "/connections", self.BODY, 201)
        made.pop("team_name")
        changed = world.send("PATCH", "/connections/db", {**made, "host": "other"})
        assert changed["host"] == "other"
        with world.store.read() as tx:
            record = connections.get(tx, "db", world.deps.cipher)
        assert record is not None
        assert record.password == "canary-1"
        assert json.loads(record.extra or "")["private_key"] == "canary-2"

    @pytest.mark.parametrize(
        "action", [{"action": "update"}, {"action": "create", "action_on_existence": "overwrite"}]
    )
    def test_what_comes_back_masked_stays_in_bulk(self, world: World, action: dict[str, str]) -> None:
        extra = str(self.BODY["extra"])
        record = ConnectionRecord(conn_id="db", conn_type="x", password="canary-1", extra=extra)
        with world.store.begin() as tx:
            connections.save(tx, record, world.deps.cipher, now=NOW)
        shown = world.api("/connections/db")
        shown.pop("team_name")
        done = world.send(
            "PATCH", "/connections", {"actions": [{**action, "entities": [shown | {"host": "h"}]}]}
        )
        assert done[action["action"]] == {"success": ["db"], "errors": []}
        with world.store.read() as tx:
            found = connections.get(tx, "db", world.deps.cipher)
        assert found == msgspec.structs.replace(record, host="h")

    @pytest.mark.parametrize("name", ["oauth", "extra__yandexcloud__oauth"])
    def test_a_secret_that_only_the_provider_calls_one(self, lite: World, name: str) -> None:
        """S14: the form of Yandex Cloud draws `oauth` as a password; no word of its name says so."""
        form = {
            "connection_type": "yandexcloud",
            "extra_fields": {
                "oauth": {"schema": {"type": ["string", "null"], "format": "password"}},
                "folder_id": {"schema": {"type": ["string", "null"]}},
            },
        }
        asked: list[int] = []
        object.__setattr__(lite.deps, "list_connection_types", lambda: (asked.append(1), [form])[1])
        plain = {"connection_id": "p", "conn_type": "http", "extra": '{"token": "canary-0", "on": true}'}
        lite.send("POST", "/connections", plain, 201)
        assert asked == [], "its names settle it: no process is started"
        extra = {name: "canary-3", "folder_id": "b1g"}
        body = {"connection_id": "y", "conn_type": "yandexcloud", "extra": json.dumps(extra)}
        made = lite.send("POST", "/connections", body, 201)
        assert json.loads(made["extra"]) == {name: "***", "folder_id": "b1g"}
        made.pop("team_name")
        lite.send("PATCH", "/connections/y", {**made, "host": "other"})
        text = json.dumps(lite.api("/connections")) + json.dumps(lite.api("/connections/y"))
        assert "canary" not in text
        with lite.store.read() as tx:
            record = connections.get(tx, "y", lite.deps.cipher)
        assert record is not None and json.loads(record.extra or "") == extra

    def test_when_no_provider_can_be_asked_everything_is_masked(self, lite: World) -> None:
        """S14: one of them may be a secret."""

        def nobody() -> list[dict[str, Any]]:
            raise UserError("the providers could not be asked")

        object.__setattr__(lite.deps, "list_connection_types", nobody)
        body = {
            "connection_id": "y",
            "conn_type": "x",
            "extra": '{"oauth": "canary", "retries": 3, "on": true}',
        }
        made = lite.send("POST", "/connections", body, 201)
        assert json.loads(made["extra"]) == {"oauth": "***", "retries": "***", "on": True}

    def test_words_of_the_installation(self, lite: World) -> None:
        """S14: [core] sensitive_var_conn_names counts in connections and variables."""
        object.__setattr__(lite.deps, "config", replace(lite.deps.config, sensitive_names=("iban",)))
        body = {"connection_id": "y", "conn_type": "x", "extra": '{"my_IBAN": "canary", "a": "b"}'}
        assert json.loads(lite.send("POST", "/connections", body, 201)["extra"]) == {
            "my_IBAN": "***",
            "a": "b",
        }
        assert lite.send("POST", "/variables", {"key": "Iban", "value": "canary"}, 201)["value"] == "***"
        inner = lite.send("POST", "/variables", {"key": "v", "value": '{"iban": "canary"}'}, 201)["value"]
        assert json.loads(inner) == {"iban": "***"}
        lite.dag(task("a"), timetable=encode(CronTriggerTimetable("@daily", timezone="UTC")))
        conf = {"iban": "canary", "n": 1}
        lite.send("POST", "/dags/d/dagRuns", {"logical_date": None, "conf": conf})
        days = {"from_date": "2024-01-01", "to_date": "2024-01-02"}
        lite.send("POST", "/backfills", {"dag_id": "d", **days, "dag_run_conf": conf})
        told = json.dumps(lite.api("/eventLogs"))
        assert told.count("iban") == 2 and "canary" not in told

    def test_mask(self, world: World) -> None:
        world.send("POST", "/connections", self.BODY, 201)
        body = {"connection_id": "db", "conn_type": "mysql", "schema": "t"}
        found = world.send("PATCH", "/connections/db", body, update_mask="schema")
        assert (found["conn_type"], found["schema"], found["host"]) == ("postgres", "t", "h")

    @pytest.mark.parametrize(
        "change",
        [
            {"connection_id": "a b"},
            {"connection_id": ""},
            {"port": 70000},
            {"extra": "[1]"},
            {"extra": "{"},
            {"odd": 1},
        ],
    )
    def test_what_cannot_be_kept_is_422(self, world: World, change: dict[str, object]) -> None:
        world.send("POST", "/connections", {**self.BODY, **change}, 422)

    def test_errors(self, world: World) -> None:
        world.send("POST", "/connections", self.BODY, 201)
        world.send("POST", "/connections", self.BODY, 409)
        world.send("PATCH", "/connections/db", {**self.BODY, "connection_id": "other"}, 400)
        world.send("POST", "/connections/test", self.BODY, 403)
        world.send("DELETE", "/connections/db", status=204)
        world.send("DELETE", "/connections/db", status=404)
        world.api("/connections/db", 404)


class TestHealth:
    def test_without_an_engine(self, world: World) -> None:
        del world.client.headers["Authorization"]
        found = world.api("/monitor/health")
        assert found["metadatabase"] == {"status": "healthy"}
        assert found["scheduler"] == {"status": "unhealthy", "latest_scheduler_heartbeat": None}
        assert found["triggerer"] == {"status": None, "latest_triggerer_heartbeat": None}
        assert found["dag_processor"]["status"] == "unhealthy"

    def test_with_an_engine_that_beats_and_then_does_not(self, world: World) -> None:
        with world.store.begin() as tx:
            engines.beat(tx, "e", world.clock.now())
        assert world.api("/monitor/health")["scheduler"]["status"] == "healthy"
        # In the database's time: a machine whose clock is wrong is not ill.
        world.clock.advance(1000)
        assert world.api("/monitor/health")["scheduler"]["status"] == "healthy"
        with world.store.begin() as tx:
            (engine,) = engines.list_all(tx)
            silent = engine.heartbeat_at - timedelta(seconds=31)
            engines.register(tx, msgspec.structs.replace(engine, heartbeat_at=silent))
        assert world.api("/monitor/health")["scheduler"]["status"] == "unhealthy"

    def test_without_a_database(self, tmp_path: Path, lite: World) -> None:
        lite.store.dispose()
        object.__setattr__(lite.deps, "store", Store.open(f"sqlite:///{tmp_path}/gone.db"))
        found = lite.api("/monitor/health")
        assert found["metadatabase"] == {"status": "unhealthy"}

    def test_liveness_and_readiness(self, world: World) -> None:
        assert world.get("/livez") == {"status": "healthy"}
        assert world.get("/readyz") == {"status": "healthy"}


def test_the_audit_log_tells_who_did_what(world: World) -> None:
    world.dag(task("a"))
    world.send("POST", "/dags/d/dagRuns", {"dag_run_id": "x", "conf": {"password": "canary"}})
    world.send("PATCH", "/dags/d", {"is_paused": True})
    found = world.api("/eventLogs", order_by="-event_log_id")
    assert [e["event"] for e in found["event_logs"]] == ["patch_dag", "trigger_dag_run"]
    assert {e["owner"] for e in found["event_logs"]} == {"admin"}
    assert "canary" not in json.dumps(found)
    assert world.api("/eventLogs", event="patch_dag")["total_entries"] == 1
    assert world.api("/eventLogs", excluded_events="patch_dag")["total_entries"] == 1
    assert world.api("/eventLogs", after=NOW.isoformat())["total_entries"] == 0
    one = found["event_logs"][0]
    assert world.api(f"/eventLogs/{one['event_log_id']}") == one
    world.api("/eventLogs/99", 404)


def test_settings_are_hidden_unless_exposed(world: World) -> None:
    world.api("/config", 403)


def test_version_plugins_providers(world: World) -> None:
    assert set(world.api("/version")) == {"version", "git_version"}
    assert world.api("/plugins") == {"plugins": [], "total_entries": 0}
    assert isinstance(world.api("/providers")["providers"], list)


def test_the_description_knows_every_public_path(lite: World) -> None:
    found = lite.get("/openapi.json")
    assert len(found["paths"]) > 50
    assert "DAGRunResponse" in found["components"]["schemas"]
    operation = found["paths"]["/api/v2/dags/{dag_id}"]["get"]
    assert operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "/DAGResponse"
    )
    assert not any(path.startswith("/ui") for path in found["paths"])


def test_unknown_paths_are_answered_as_data(lite: World) -> None:
    assert lite.api("/nothing", 404) == {"detail": "Not Found"}
    assert lite.get("/ui/nothing", 404) == {"detail": "Not Found"}


def test_a_defect_tells_nothing_of_the_inside(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.testclient import TestClient

    from ostro.store.views import rest_dags

    def broken(*_: object) -> None:
        raise RuntimeError("SELECT secret FROM inside")

    monkeypatch.setattr(rest_dags, "get_dag", broken)
    client = TestClient(lite.app, raise_server_exceptions=False)
    answer = client.get("/api/v2/dags/d", headers=dict(lite.client.headers))
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "reference" in answer.json()["detail"]
    assert answer.headers["x-content-type-options"] == "nosniff"
