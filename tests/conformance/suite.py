"""A conformance suite as it lies on disk: its cases, what they need, and how a result is compared with Airflow's."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple


class Trigger(NamedTuple):
    """One run that a case starts by hand."""

    dag_id: str
    run_id: str
    logical_date: datetime | None
    data_interval: tuple[datetime, datetime] | None = None
    run_after: datetime | None = None
    conf: dict[str, Any] | None = None


class Case(NamedTuple):
    """A case: runs to start step by step, and what to look at when nothing moves any more."""

    id: str
    file: str
    env: Mapping[str, str]
    #: Runs that are started together; the next step begins when nothing moves any more.
    steps: list[list[Trigger]]
    #: (dag_id, run_id or None for all runs of the DAG); empty: the triggered runs, in their order.
    observe: list[tuple[str, str | None]]
    expect: dict[str, Any]

    @property
    def dag_ids(self) -> set[str]:
        """DAGs that the case starts or looks at."""
        return {t.dag_id for step in self.steps for t in step} | {dag_id for dag_id, _ in self.observe}


class Suite:
    """The cases of one folder. Those that need packages that are not installed are left out, see `missing`."""

    def __init__(self, folder: Path) -> None:
        data = json.loads((folder / "expected.json").read_text())
        self.folder = folder
        self.name: str = data["suite"]
        self.pools: dict[str, int] = data.get("pools", {})
        self.run_keys: list[str] | None = data.get("run_keys")
        self.needs_xcoms = self.run_keys is None or "xcoms" in self.run_keys
        #: Packages that cases need and that are not here.
        self.missing: set[str] = set()
        self.cases: list[Case] = []
        for case_id, case in data["cases"].items():
            lacking = {p for p in case["input"].get("requires", ()) if not _is_installed(p)}
            self.missing |= lacking
            if not lacking:
                self.cases.append(_case(case_id, case, data.get("env", {})))
        self._compare = load_module(folder.parent / "compare.py")

    def rooms(self) -> list[list[Case]]:
        """Cases that may run side by side under one engine: of one environment, and no DAG twice."""
        rooms: list[tuple[list[Case], set[str]]] = []
        for case in self.cases:
            for cases, taken in rooms:
                if cases[0].env == case.env and not taken & case.dag_ids:
                    cases.append(case)
                    taken |= case.dag_ids
                    break
            else:
                rooms.append(([case], set(case.dag_ids)))
        return [cases for cases, _ in rooms]

    def differences(self, case: Case, actual: dict[str, Any]) -> list[str]:
        """Where the result is not what Airflow gave."""
        if self.run_keys is not None:
            runs = [{k: v for k, v in run.items() if k in self.run_keys} for run in actual["runs"]]
            actual = {**actual, "runs": runs}
        found = self._compare.diff(case.expect, actual)
        return [f"{path}: Airflow {wanted!r}, here {got!r}" for path, wanted, got in found]


def load_module(path: Path) -> ModuleType:
    """A module of the suites, by its path."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _case(case_id: str, case: dict[str, Any], env: dict[str, str]) -> Case:
    given = case["input"]
    if "runs" in given:
        steps = [[_trigger({"dag_id": case_id, **run})] for run in given["runs"]]
    else:
        steps = [[_trigger(one) for one in step] for step in given["steps"]]
    observe = [(one["dag_id"], one.get("run_id")) for one in given.get("observe", ())]
    return Case(case_id, case["file"], {**env, **given.get("env", {})}, steps, observe, case["expect"])


def _trigger(run: dict[str, Any]) -> Trigger:
    interval = _moments(run.get("data_interval"))
    return Trigger(
        run["dag_id"],
        run["run_id"],
        _moment(run.get("logical_date")),
        None if interval is None else (interval[0], interval[1]),
        _moment(run.get("run_after")),
        run.get("conf"),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _moments(texts: Iterable[str] | None) -> list[datetime] | None:
    return None if texts is None else [datetime.fromisoformat(text) for text in texts]


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
