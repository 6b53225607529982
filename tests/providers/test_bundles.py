"""DAG files in a bucket, brought here by the provider's own bundle class."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.deadline import wait_for
from support.standalone import Standalone

DAG = """
from datetime import datetime
from airflow.sdk import DAG, task

with DAG("from_bucket", schedule=None, start_date=datetime(2024, 1, 1)):
    @task
    def says():
        return {said!r}

    says()
"""


#: The server of the tests looks at who signs, not at the signature; nobody may replace an object.
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=x/20240101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
}


class Bucket:
    """A bucket on the S3 server."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/dag-files"
        assert httpx.put(self.url, headers=SIGNED).status_code == 200

    def put(self, said: str) -> None:
        """The DAG file, with a task that returns this."""
        text = DAG.replace("{said!r}", repr(said))
        assert (
            httpx.put(f"{self.url}/team/dags/one.py", content=text.encode(), headers=SIGNED).status_code
            == 200
        )


class WithBundles(Standalone):
    """Started without `--dags`, which would be meant instead of all bundles."""

    def spawn(self, arguments: list[str]) -> None:
        at = arguments.index("--dags")
        super().spawn(arguments[:at] + arguments[at + 2 :])


@pytest.fixture
def bucket(s3: str) -> Bucket:
    return Bucket(s3)


@pytest.fixture
def server(python: str, s3: str, bucket: Bucket, tmp_path: Path) -> Iterator[Standalone]:
    bucket.put("first")
    (tmp_path / "dags").mkdir()
    entry = {
        "name": "bucket",
        "classpath": "airflow.providers.amazon.aws.bundles.s3.S3DagBundle",
        "kwargs": {
            "bucket_name": "dag-files",
            "prefix": "team/dags",
            "aws_conn_id": "minio",
            "refresh_interval": 1,
        },
    }
    env = {
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([entry]),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with WithBundles(tmp_path / "home", tmp_path / "dags", python=python, env=env) as made:
        yield made


def test_a_dag_in_a_bucket_runs_and_a_change_of_it_is_found(
    server: Standalone, s3: str, bucket: Bucket
) -> None:
    client = server.client
    assert client is not None
    # Without its connection the bundle cannot be reached; said, and tried again.
    wait_for(lambda: "cannot be brought up to date" in server.tail(), what=server.tail)
    connection = {
        "connection_id": "minio", "conn_type": "aws", "login": "x", "password": "x",
        "extra": json.dumps({"endpoint_url": s3, "region_name": "eu-west-1"}),
    }  # fmt: skip
    client.post("/api/v2/connections", json=connection).raise_for_status()
    wait_for(lambda: client.get("/api/v2/dags/from_bucket").status_code == 200, seconds=60, what=server.tail)

    def said(run_id: str) -> str:
        body = {"dag_run_id": run_id, "logical_date": None}
        client.post("/api/v2/dags/from_bucket/dagRuns", json=body).raise_for_status()
        run = f"/api/v2/dags/from_bucket/dagRuns/{run_id}"
        wait_for(lambda: client.get(run).json()["state"] == "success", seconds=60, what=server.tail)
        value = client.get(f"{run}/taskInstances/says/xcomEntries/return_value").json()["value"]
        return str(value)

    assert said("one") == "first"
    bucket.put("second, and longer")
    wait_for(
        lambda: (
            "second" in client.get("/api/v2/dagSources/from_bucket", headers={"Accept": "text/plain"}).text
        ),
        seconds=60,
        what=server.tail,
    )
    assert said("two") == "second, and longer"
    found = client.get("/api/v2/dags/from_bucket").json()
    assert (found["bundle_name"], found["bundle_version"]) == ("bucket", None)
    assert found["relative_fileloc"] == "one.py"
