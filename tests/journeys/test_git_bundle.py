"""DAGs in a git repository: a run executes the commit that it began with, whatever is pushed meanwhile."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.deadline import wait_for
from support.standalone import Standalone

DAG = """
import os, time
from airflow.sdk import dag, task
from numbers_of_ours import NUMBER

@dag(schedule=None)
def versions():
    @task
    def first():
        while not os.path.exists("{flag}"):
            time.sleep(0.02)
        return NUMBER

    @task
    def second(before):
        from helper import late
        return [before, NUMBER, late()]

    second(first())

versions()
"""


class FromGit(Standalone):
    """Without a folder on the command line: the bundles of the settings count."""

    def spawn(self, arguments: list[str]) -> None:
        if arguments[0] == "standalone":
            at = arguments.index("--dags")
            arguments = arguments[:at] + arguments[at + 2 :]
        super().spawn(arguments)


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def push(folder: Path, number: int, flag: Path) -> str:
    flows = folder / "flows"
    flows.mkdir(parents=True, exist_ok=True)
    (flows / "versions.py").write_text(DAG.format(flag=flag))
    (flows / "numbers_of_ours.py").write_text(f"NUMBER = {number}\n")
    (flows / "helper.py").write_text(f"def late():\n    return {number}\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "change")
    return git(folder, "rev-parse", "HEAD")


BUILT_IN = "airflow.providers.git.bundles.git.GitDagBundle"
OWN = "checkouts.Checkout"
CHECKOUT = """
import subprocess
from airflow.dag_processing.bundles.base import BaseDagBundle
from airflow.models import Variable

class Checkout(BaseDagBundle):
    supports_versioning = True

    def __init__(self, *, repo_url, tracking_ref, subdir, **more):
        super().__init__(**more)
        self.repo, self.ref, self.subdir = repo_url, tracking_ref, subdir

    @property
    def path(self):
        return self._folder / self.subdir

    @property
    def _folder(self):
        return self.versions_dir / self.version if self.version else self.base_dir / "tracking"

    def initialize(self):
        Variable.get("asked", default=None)
        if self.version:
            self._unpack(self.version)
        super().initialize()

    def refresh(self):
        self._unpack(self.get_current_version())

    def get_current_version(self):
        command = ["git", "-C", self.repo, "rev-parse", self.ref]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def view_url_template(self):
        return "https://example.org/{version}"

    def _unpack(self, version):
        self._folder.mkdir(parents=True, exist_ok=True)
        archive = subprocess.run(["git", "-C", self.repo, "archive", version], check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", self._folder], input=archive.stdout, check=True)
"""


@pytest.mark.parametrize("classpath", [BUILT_IN, OWN])
def test_a_run_keeps_its_commit(tmp_path: Path, classpath: str) -> None:
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "checkouts.py").write_text(CHECKOUT)
    remote, flag = tmp_path / "remote", tmp_path / "flag"
    remote.mkdir()
    git(remote, "init", "-q", "-b", "main")
    first = push(remote, 1, flag)
    bundles = [
        {
            "name": "team",
            "classpath": classpath,
            "kwargs": {
                "repo_url": str(remote),
                "tracking_ref": "main",
                "subdir": "flows",
                "refresh_interval": 0.3,
            },
        }
    ]
    env = {
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins),
    }
    with FromGit(tmp_path / "home", tmp_path / "none", env=env) as ostro:
        ostro.wait_dag("versions")

        def at() -> Any:
            return ostro.get("/dags/versions")["bundle_version"]

        wait_for(lambda: at() == first, seconds=45, what="the first commit")
        assert ostro.get("/dags/versions")["bundle_name"] == "team"
        old = ostro.trigger("versions")

        def is_running() -> bool:
            return ostro.task_states("versions", old).get("first") == ["running"]

        wait_for(is_running, seconds=45, what="the first task")
        second = push(remote, 2, flag)
        wait_for(lambda: at() == second, seconds=45, what="the second commit")
        new = ostro.trigger("versions")
        flag.touch()
        for run, number, commit in ((old, 1, first), (new, 2, second)):
            assert ostro.wait_run("versions", run)["state"] == "success"
            assert ostro.get(f"/dags/versions/dagRuns/{run}")["bundle_version"] == commit
            assert ostro.xcom("versions", run, "second") == [number] * 3
        # Cleared, it stays with its commit unless the newest is asked for.
        for latest, number in ((False, 1), (True, 2)):
            body = {"dry_run": False, "run_on_latest_version": latest}
            ostro.post(f"/dags/versions/dagRuns/{old}/clear", body)
            assert ostro.wait_run("versions", old)["state"] == "success"
            assert ostro.xcom("versions", old, "second") == [number] * 3
        if classpath == OWN:
            found = ostro.get("/dags/versions/dagVersions")["dag_versions"]
            assert {v["bundle_url"] for v in found} <= {f"https://example.org/{c}" for c in (first, second)}
