"""`ostro dags` and `ostro tasks`, with Airflow's words."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest

from ostro.cli.context import Context
from ostro.cli.tasks_logs import lines_of
from ostro.errors import NotFound
from ostro.logfiles import log_path
from ostro.protocol.parse import FileError
from ostro.spec import GroupSpec, ParamSpec
from ostro.spec.dag import EdgeLabel
from ostro.spec.mapping import Expansion, Literal
from ostro.states import RunState, TaskState
from ostro.store import Pool, event_log, instances, pools, transitions
from ostro.store.views.filters import Page
from ostro.timetable import CronTriggerTimetable, encode
from store import made
from store.made import DAY, NOW

from .conftest import Shell, task

CRON = encode(CronTriggerTimetable("0 3 * * *", timezone="UTC"))


class TestTrigger:
    def test_it_makes_a_run(self, shell: Shell) -> None:
        shell.dag(task("a"))
        (found,) = shell.json(
            "dags", "trigger", "d", "--run-id", "mine", "--conf", '{"x": 1}', "--logical-date", "2026-01-01"
        )
        assert (found["dag_run_id"], found["state"], found["conf"]) == ("mine", "queued", {"x": 1})
        assert found["logical_date"].startswith("2026-01-01T00:00:00")
        assert shell.run("dags", "state", "d", "mine") == 'queued, {"x": 1}\n'

    @pytest.mark.parametrize(
        "args",
        [
            ("none",),
            ("d", "--conf", "{"),
            ("d", "--conf", "[1]"),
            ("d", "--run-id", "a/b"),
            ("d", "-l", "when?"),
        ],
    )
    def test_refusals(self, shell: Shell, args: tuple[str, ...]) -> None:
        shell.dag(task("a"))
        shell.fails("dags", "trigger", *args)

    def test_twice(self, shell: Shell) -> None:
        shell.dag(task("a"))
        shell.run("dags", "trigger", "d", "-r", "x")
        assert "already exists" in shell.fails("dags", "trigger", "d", "-r", "x")

    def test_it_is_in_the_audit_log(self, shell: Shell) -> None:
        shell.dag(task("a"))
        shell.run("dags", "trigger", "d")
        with shell.store.read() as tx:
            (entry,), _ = event_log.list_entries(tx, [], Page(limit=9))
        assert (entry.event, entry.dag_id) == ("trigger_dag_run", "d")
        assert entry.owner


class TestPause:
    def test_one(self, shell: Shell) -> None:
        shell.dag(task("a"))
        assert shell.json("dags", "unpause", "d") == [{"dag_id": "d", "is_paused": False}]
        assert shell.json("dags", "list")[0]["is_paused"] is False
        shell.run("dags", "pause", "d")
        assert shell.json("dags", "list")[0]["is_paused"] is True
        shell.fails("dags", "pause", "none")

    def test_by_regex(self, shell: Shell) -> None:
        for name in ("x1", "x2", "y"):
            shell.dag(task("a"), dag_id=name)
        shell.run("dags", "unpause", "^x", "--treat-dag-id-as-regex", "--yes")
        assert [d["is_paused"] for d in shell.json("dags", "list")] == [False, False, True]
        shell.fails("dags", "pause", "zzz", "--treat-dag-id-as-regex", "--yes")
        shell.fails("dags", "pause", "(", "--treat-dag-id-as-regex", "--yes")


def test_details(shell: Shell) -> None:
    shell.dag(task("a"), timezone="Europe/Berlin", params=(ParamSpec(name="n", value=3),))
    (found,) = shell.json("dags", "details", "d")
    assert (found["dag_id"], found["timezone"], found["params"]["n"]["value"]) == ("d", "Europe/Berlin", 3)
    assert "property_name" in shell.run("dags", "details", "d")
    shell.fails("dags", "details", "none")


def test_show_draws_dot(shell: Shell) -> None:
    shell.dag(
        task("a"), task('g."b"', "a", group_id="g"), groups=(GroupSpec(group_id="g", label="G"),),
        edge_labels=(EdgeLabel("a", 'g."b"', "go"),),
    )  # fmt: skip
    out = shell.run("dags", "show", "d")
    assert out.startswith('digraph "d" {')
    assert '"a" -> "g.\\"b\\"" [label="go"]' in out
    assert 'subgraph "cluster_g"' in out
    shell.run("dags", "show", "d", "--save", str(shell.home / "x.dot"))
    assert (shell.home / "x.dot").read_text().startswith("digraph")
    assert "Graphviz" in shell.fails("dags", "show", "d", "--save", str(shell.home / "x.png"))


def test_list_runs(shell: Shell) -> None:
    shell.dag(task("a"))
    for n in range(3):
        shell.start(run_id=f"r{n}", run_after=NOW + n * DAY, logical_date=NOW + n * DAY)
    assert [r["run_id"] for r in shell.json("dags", "list-runs", "d")] == ["r2", "r1", "r0"]
    assert [
        r["run_id"] for r in shell.json("dags", "list-runs", "-d", "d", "-s", (NOW + DAY).isoformat())
    ] == ["r2", "r1"]
    assert shell.json("dags", "list-runs", "d", "--state", "failed") == []
    shell.fails("dags", "list-runs", "d", "--state", "odd")
    shell.fails("dags", "list-runs", "none")
    shell.fails("dags", "list-runs")


def test_list_import_errors(shell: Shell) -> None:
    assert shell.json("dags", "list-import-errors") == []
    with shell.store.begin() as tx:
        made.save(tx, path="broken.py", errors=(FileError("boom", path="/dags/broken.py", line=2),))
    (found,) = shell.json("dags", "list-import-errors", status=1)
    assert (found["filepath"], found["error"]) == ("/dags/broken.py", "/dags/broken.py:2: boom")


class TestNextExecution:
    def test_dates_follow_each_other(self, shell: Shell) -> None:
        shell.dag(task("a"), timetable=CRON, start_date="2026-01-01T00:00:00+00:00", catchup=True)
        out = shell.run("dags", "next-execution", "d", "-n", "3").splitlines()
        assert out == ["2026-01-01T03:00:00+00:00", "2026-01-02T03:00:00+00:00", "2026-01-03T03:00:00+00:00"]
        assert "paused" in shell.errors
        rows = shell.json("dags", "next-execution", "d", "--table")
        assert rows[0]["run_after"] == "2026-01-01T03:00:00+00:00"

    def test_after_the_last_run(self, shell: Shell) -> None:
        shell.dag(task("a"), timetable=CRON, start_date="2026-01-01T00:00:00+00:00", catchup=True)
        at = made.NOW.replace(month=2, day=1, hour=3, minute=0, second=0, microsecond=0)
        from ostro.states import RunType

        shell.start(run_type=RunType.SCHEDULED, logical_date=at, data_interval_start=at, data_interval_end=at)
        assert shell.run("dags", "next-execution", "d") == "2026-02-02T03:00:00+00:00\n"

    def test_a_dag_without_a_schedule(self, shell: Shell) -> None:
        shell.dag(task("a"))
        assert "no next run" in shell.fails("dags", "next-execution", "d")
        shell.fails("dags", "next-execution", "none")


def test_delete(shell: Shell) -> None:
    shell.dag(task("a"))
    shell.run("dags", "delete", "d", "--yes")
    assert shell.json("dags", "list") == []
    shell.fails("dags", "delete", "d", "--yes")


class TestTasks:
    @pytest.fixture
    def chain(self, shell: Shell) -> Shell:
        shell.dag(task("a"), task("b", "a"), task("c", "b"))
        run = shell.start(logical_date=NOW)
        with shell.store.begin() as tx:
            rows = {r.task_id: r for r in instances.load_instances(tx, [run.id])}
            moves = [made.start(rows["a"].id, "x-1"), made.start(rows["b"].id, "x-2")]
            assert all(transitions.apply_moves(tx, moves, NOW))
            end = NOW + timedelta(seconds=3)
            moves = [
                made.move(rows["a"].id, TaskState.RUNNING, TaskState.SUCCESS, end_date=end),
                made.move(rows["b"].id, TaskState.RUNNING, TaskState.FAILED, end_date=end),
            ]
            assert all(transitions.apply_moves(tx, moves, NOW))
        return shell

    def test_list(self, chain: Shell) -> None:
        assert chain.run("tasks", "list", "d") == "a\nb\nc\n"
        assert chain.run("tasks", "list", "d", "--tree").splitlines()[1] == "    <Task(PythonOperator): b>"
        chain.fails("tasks", "list", "none")

    def test_state(self, chain: Shell) -> None:
        assert chain.run("tasks", "state", "d", "a", "r") == "success\n"
        assert chain.run("tasks", "state", "d", "c", NOW.isoformat()) == "none\n"
        chain.fails("tasks", "state", "d", "none", "r")
        chain.fails("tasks", "state", "d", "a", "none")

    def test_states_for_dag_run(self, chain: Shell) -> None:
        found = chain.json("tasks", "states-for-dag-run", "d", "r")
        assert {r["task_id"]: r["state"] for r in found} == {"a": "success", "b": "failed", "c": "none"}

    def test_failed_deps(self, chain: Shell) -> None:
        assert chain.run("tasks", "failed-deps", "d", "c", "r")
        assert "all met" in chain.run("tasks", "failed-deps", "d", "a", "r")

    def test_clear(self, chain: Shell) -> None:
        assert "1 task instances cleared" in chain.run(
            "tasks", "clear", "d", "-t", "^b$", "--only-failed", "--yes"
        )
        assert chain.run("tasks", "state", "d", "b", "r") == "none\n"
        assert chain.run("tasks", "state", "d", "a", "r") == "success\n"
        assert "nothing" in chain.run("tasks", "clear", "d", "--only-failed", "--yes")
        chain.fails("tasks", "clear", "d", "-t", "zzz", "--yes")
        chain.fails("tasks", "clear", "none", "-t", "a", "--yes")

    def test_clear_without_a_yes_does_nothing(self, chain: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
        chain.run("tasks", "clear", "d", status=1)
        assert chain.run("tasks", "state", "d", "a", "r") == "success\n"

    def test_tasks_of_other_dags_that_markers_lead_to_are_named(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        points = {"cleared_with": {"dag_id": "other", "task_id": "t", "date": None, "depth": 10}}
        shell.dag(task("m", links=points))
        shell.dag(task("t"), dag_id="other")
        for dag_id in ("d", "other"):
            run = shell.start(dag_id, "r", logical_date=NOW)
            with shell.store.begin() as tx:
                (row,) = instances.load_instances(tx, [run.id])
                for move in (
                    made.start(row.id, dag_id),
                    made.move(row.id, TaskState.RUNNING, TaskState.FAILED),
                ):
                    assert all(transitions.apply_moves(tx, [move], NOW))
        monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
        asked = shell.run("tasks", "clear", "d", status=1)
        assert "  m of r: failed\n  other.t of r: failed\n" in asked

    def test_render(self, chain: Shell) -> None:
        from ostro.store import rendered

        assert "tasks test" in chain.fails("tasks", "render", "d", "a", "r")
        with chain.store.begin() as tx:
            (row,) = [r for r in instances.load_instances(tx, [1]) if r.task_id == "a"]
            rendered.put(tx, row.id, b'{"cmd": "echo 1", "env": {"A": 1}}')
        out = chain.run("tasks", "render", "d", "a", "r")
        assert "# property: cmd" in out
        assert "echo 1" in out
        assert '"A": 1' in out


def test_a_pool_that_is_full_is_a_reason(shell: Shell) -> None:
    shell.dag(task("a", pool="p"))
    run = shell.start()
    with shell.store.begin() as tx:
        pools.create(tx, Pool(name="p", slots=0))
        (row,) = instances.load_instances(tx, [run.id])
        move = made.move(row.id, TaskState.NONE, TaskState.SCHEDULED)
        assert all(transitions.apply_moves(tx, [move], NOW))
    assert run.state is RunState.RUNNING
    assert "pool" in shell.run("tasks", "failed-deps", "d", "a", "r")


def test_a_dag_and_a_task_are_tried_out(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given on the command line reaches the functions that do it."""
    from ostro.assembly import foreground

    seen: list[tuple[str, tuple[object, ...], dict[str, object]]] = []
    monkeypatch.setattr(foreground, "run_dag", lambda *a, **k: seen.append(("dag", a[1:], k)) or 3)
    monkeypatch.setattr(foreground, "run_one_task", lambda *a, **k: seen.append(("task", a[1:], k)) or 0)
    shell.run("dags", "test", "d", "2026-01-01", "--conf", '{"x": 1}', status=3)
    shell.run("tasks", "test", "d", "t", "--map-index", "2", "-t", '{"y": 2}')
    assert seen[0][1] == ("d",)
    assert seen[0][2]["conf"] == {"x": 1}
    assert str(seen[0][2]["logical_date"]).startswith("2026-01-01 00:00:00")
    assert seen[1][1] == ("d", "t")
    assert (seen[1][2]["map_index"], seen[1][2]["conf"], seen[1][2]["logical_date"]) == (2, {"y": 2}, None)


def test_a_dag_is_tried_out_from_one_file_without_some_tasks(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "broken.py").write_text("raise ValueError('not looked at')\n")
    file = folder / "one.py"
    file.write_text(
        "from airflow.sdk import DAG, task\n"
        "with DAG('one'):\n"
        "    @task\n    def slow():\n        raise RuntimeError('must not run')\n"
        "    @task\n    def quick():\n        print('it ran')\n"
        "    slow() >> quick()\n"
    )
    drawn = tmp_path / "run.dot"
    out = shell.run(
        "dags", "test", "one", "-f", str(file), "--mark-success-pattern", "^slow$", "--save-dagrun", str(drawn),
        "--show-dagrun",
    )  # fmt: skip
    assert "it ran" in out and "must not run" not in out
    assert 'label="slow\\nsuccess"' in drawn.read_text() and 'label="quick\\nsuccess"' in out
    shell.fails("dags", "test", "one", "-f", str(folder / "none.py"))
    assert "does not hold" in shell.fails("dags", "test", "one", "-f", str(folder / "broken.py"))
    assert "regular expression" in shell.fails("dags", "test", "one", "--mark-success-pattern", "(")
    assert ".dot" in shell.fails("dags", "test", "one", "--save-dagrun", "x.png")


def test_a_dag_is_found_where_the_engine_has_it_from(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ostro.assembly.foreground import find_dag

    folder, empty = tmp_path / "dags", tmp_path / "empty"
    folder.mkdir()
    empty.mkdir()
    (folder / "elsewhere.py").write_text("from airflow.sdk import DAG\n\ndag = DAG('elsewhere')\n")
    monkeypatch.setenv("OSTRO__CORE__DAGS_FOLDER", str(folder))
    shell.run("dags", "reserialize")
    monkeypatch.setenv("OSTRO__CORE__DAGS_FOLDER", str(empty))

    file, _ = find_dag(Context().settings, "elsewhere")

    assert (file.folder, file.path) == (str(folder), "elsewhere.py")
    with pytest.raises(NotFound, match="--dags DIR"):
        find_dag(Context({"core.dags_folder": str(empty)}).settings, "elsewhere")


def test_trigger_tells_that_a_paused_dag_waits(shell: Shell) -> None:
    shell.dag(task("a"))
    shell.run("dags", "pause", "d")
    shell.run("dags", "trigger", "d", "-r", "first")
    assert "ostro dags unpause d" in shell.errors
    shell.run("dags", "unpause", "d")
    shell.run("dags", "trigger", "d", "-r", "second")
    assert not shell.errors


def test_a_task_that_a_run_has_not_is_told_from_a_mapped_one(shell: Shell) -> None:
    shell.dag(task("a"), task("b", expansion=Expansion("expand", {"x": Literal(2)})))
    run = shell.start()
    assert "has no task 'nope'; DAG 'd' has a, b" in shell.fails("tasks", "state", "d", "nope", run.run_id)
    with shell.store.begin() as tx:
        made.instances(tx, run, "b", map_index=1)
    said = shell.fails("tasks", "state", "d", "b", run.run_id)
    assert "has many instances: 'b' is mapped, give its --map-index" in said


class TestLogs:
    def test_the_newest_try_or_the_one_that_is_named(self, shell: Shell) -> None:
        shell.dag(task("a"))
        run = shell.start("d", "r")
        with shell.store.begin() as tx:
            (row,) = instances.load_instances(tx, [run.id])
            for number, end in ((1, TaskState.UP_FOR_RETRY), (2, TaskState.FAILED)):
                before = TaskState.NONE if number == 1 else TaskState.UP_FOR_RETRY
                start = made.start(row.id, f"try-{number}", before, try_number=number)
                for move in (start, made.move(row.id, TaskState.RUNNING, end, end_date=NOW)):
                    assert all(transitions.apply_moves(tx, [move], NOW))
                path = log_path(shell.home / "logs", "d", "r", "a", -1, number)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"line of try {number}\n")
        assert shell.run("tasks", "logs", "d", "a", "r") == "INFO line of try 2\n"
        assert shell.run("tasks", "logs", "d", "a", "r", "-f", "-t", "1") == "INFO line of try 1\n"
        assert "no try 3" in shell.fails("tasks", "logs", "d", "a", "r", "-t", "3")
        path.unlink()
        assert shell.run("tasks", "logs", "d", "a", "r") == ""
        assert shell.errors == "Nothing is in the log of try 2.\n"

    def test_who_follows_waits_for_lines_that_are_not_there_yet(self) -> None:
        pages = iter([([{"n": 1}], 1), ([], 1), ([], 1), ([{"n": 2}], 2), ([{"n": 3}], None)])
        places, waits = [], []

        def read(place: int | None) -> tuple[list[dict[str, int]], int | None]:
            places.append(place)
            return next(pages)

        assert [line["n"] for line in lines_of(read, lambda: waits.append(1))] == [1, 2, 3]
        assert (places, len(waits)) == ([None, 1, 1, 1, 2], 2)
        pages = iter([([{"n": 1}], 1), ([], 1)])
        assert [line["n"] for line in lines_of(read, None)] == [1]
