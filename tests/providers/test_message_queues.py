"""Runs that a message starts: watchers of real brokers, through the triggers of provider packages."""

from __future__ import annotations

import json
import os
import signal
import socket
import uuid
from collections.abc import Iterator

import pytest

from support.deadline import wait_for
from support.services import missing
from support.standalone import Standalone

DAG = """
from airflow.providers.common.messaging.triggers.msg_queue import MessageQueueTrigger
from airflow.providers.redis.triggers.redis_await_message import AwaitMessageTrigger
from airflow.sdk import DAG, Asset, AssetWatcher, BaseOperator, task

orders = Asset("orders", watchers=[
    AssetWatcher("redis", MessageQueueTrigger(scheme="redis+pubsub", channels=["CHANNEL"], poll_interval=0.05)),
])

with DAG("by_message", schedule=[orders]):
    @task
    def read(triggering_asset_events=None):
        return [e.extra["payload"]["data"] for found in triggering_asset_events.values() for e in found]
    read()

class Await(BaseOperator):
    def execute(self, context):
        self.defer(trigger=AwaitMessageTrigger(channels=["CHANNEL-task"], poll_interval=0.05), method_name="got")
    def got(self, context, event):
        return event["data"]

with DAG("deferred_to_redis", schedule=None):
    Await(task_id="message")
"""


class Redis:
    """Just enough of its protocol to publish."""

    def __init__(self) -> None:
        try:
            self._sock = socket.create_connection(("127.0.0.1", 6379), timeout=5)
        except OSError as error:
            missing("Redis at 127.0.0.1:6379", str(error))

    def publish(self, channel: str, text: str) -> int:
        """Returns how many listened."""
        words = [b"PUBLISH", channel.encode(), text.encode()]
        self._sock.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        answer = self._sock.recv(64)
        assert answer.startswith(b":"), answer
        return int(answer[1:])


@pytest.fixture(scope="module")
def redis() -> Redis:
    return Redis()


@pytest.fixture(scope="module")
def channel() -> str:
    return f"ostro-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def standalone(
    python: str, redis: Redis, channel: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Standalone]:
    folder = tmp_path_factory.mktemp("queues")
    dags = folder / "dags"
    dags.mkdir()
    (dags / "queues.py").write_text(DAG.replace("CHANNEL", channel))
    connection = {"conn_type": "redis", "host": "127.0.0.1", "port": 6379, "extra": {"db": 0}}
    env = {"AIRFLOW_CONN_REDIS_DEFAULT": json.dumps(connection)}
    with Standalone(folder / "home", dags, env=env, python=python) as ostro:
        yield ostro


def triggerers(ostro: Standalone) -> list[int]:
    found = []
    for pid in ostro.pids():
        try:
            with open(f"/proc/{pid}/comm") as file:
                if file.read().strip() == "ostro-triggers":
                    found.append(pid)
        except OSError:
            continue
    return found


def test_a_message_starts_a_run_also_after_the_watchers_process_was_killed(
    standalone: Standalone, redis: Redis, channel: str
) -> None:
    ostro = standalone
    ostro.wait_dag("by_message", seconds=60)

    def read() -> set[str]:
        runs = ostro.get("/dags/by_message/dagRuns", limit=100, state="success")["dag_runs"]
        return {text for run in runs for text in ostro.xcom("by_message", run["dag_run_id"], "read")}

    # Pub/sub keeps nothing: a message is published when somebody listens.
    wait_for(lambda: redis.publish(channel, "one"), seconds=60, what=lambda: f"a listener; {ostro.tail()}")
    wait_for(lambda: read() == {"one"}, seconds=30, what="a run for the first message")
    for pid in triggerers(ostro):
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: redis.publish(channel, "two"), seconds=60, what="a listener again")
    wait_for(lambda: read() == {"one", "two"}, seconds=30, what="a run for the second message")


def test_a_task_waits_for_a_message(standalone: Standalone, redis: Redis, channel: str) -> None:
    ostro = standalone
    ostro.wait_dag("deferred_to_redis", seconds=60)
    run = ostro.trigger("deferred_to_redis")
    wait_for(lambda: redis.publish(f"{channel}-task", "for the task"), seconds=60, what="a listener")
    assert ostro.wait_run("deferred_to_redis", run, seconds=60)["state"] == "success"
    assert ostro.xcom("deferred_to_redis", run, "message") == "for the task"
