"""The plugin of pytest as a user has it: real engine and task processes, nothing set up."""

from __future__ import annotations

GOOD = """
import os
import signal
from datetime import datetime, timezone

import pytest


def test_a_run_with_everything_about_it(dag_runner):
    result = dag_runner.run("numbers", conf={"factor": 3}, logical_date="2026-01-31")
    assert result.state == "success", result.report()
    assert result.xcom("double") == [2, 4, 18]
    assert result.xcom("total") == 24
    assert result.states["double[2]"] == "success"
    assert result["double[2]"].map_name == "9"
    assert result.rendered("shell")["bash_command"].endswith(" 3")
    assert "making numbers" in result.log("numbers")
    assert result.logical_date.isoformat() == "2026-01-31T00:00:00+00:00"


def test_the_same_run_again_in_another_test(dag_runner):
    assert dag_runner.run("numbers", logical_date="2026-01-31").xcom("total") == 18


def test_connections_and_variables(dag_runner):
    result = dag_runner.run(
        "values", connections={"my_db": {"conn_type": "http", "host": "there"}}, variables={"limit": {"a": 1}}
    )
    assert result.xcom("read", key="host") == "there"
    assert result.xcom("read") == '{"a": 1}'


def test_they_are_gone_in_the_next_test(dag_runner):
    result = dag_runner.run("values", connections={"my_db": "http://elsewhere"})
    assert result.xcom("read") == "none"


def test_a_variable_that_the_file_reads(dag_runner):
    result = dag_runner.run("named_special", variables={"suffix": "special"})
    assert result.states == {"nothing": "skipped"}
    assert result.succeeded


def test_waits_pass_at_once(dag_runner):
    result = dag_runner.run("late", at="2026-02-02T08:00:00")
    assert result.state == "success", result.report()
    assert result["flaky"].try_number == 3
    assert result.xcom("flaky").startswith("2026-02-02T18:")
    assert result["flaky"].end_date >= result["flaky"].start_date
    assert result["after_six"].end_date.isoformat()[:13] == "2026-02-03T06"
    assert "try 1" in result["flaky"].log_of(1)


def test_in_this_process(dag_runner, dag_bag):
    assert dag_bag.import_errors == {}
    dag = dag_bag.get_dag("late")
    seen = []
    dag.get_task("flaky").python_callable = lambda: seen.append(1)
    result = dag_runner.run(dag, at="2026-02-03T01:00:00")
    assert result.state == "success", result.report()
    assert seen == [1]
    assert dag_runner.run("values", in_process=True, connections={"my_db": "http://h"}).xcom("read", key="host") == "h"


@pytest.mark.parametrize("in_process", [False, True])
def test_a_timetable_of_the_author_is_asked(dag_runner, in_process):
    result = dag_runner.run("weekly", logical_date="2026-01-31", in_process=in_process)
    assert result.state == "success", result.report()
    assert result.xcom("length") == [7, "week_until_2026-01-31"]
    with pytest.raises(Exception, match="the timetable of DAG 'weekly' failed: .*before the first week"):
        dag_runner.run("weekly", logical_date="1999-01-31", in_process=in_process)


def test_a_dag_of_the_author_tests_itself(dag_bag):
    before = dict(os.environ), signal.getsignal(signal.SIGTERM)
    run = dag_bag.get_dag("weekly").test(logical_date=datetime(2026, 2, 7, tzinfo=timezone.utc))
    assert (dict(os.environ), signal.getsignal(signal.SIGTERM)) == before
    assert (run.run_id, run.data_interval_start.day, str(run.state)) == ("week_until_2026-02-07", 31, "success")


def test_what_is_missing_is_said(dag_runner):
    with pytest.raises(Exception, match="no file in .*dags holds a DAG 'nowhere'"):
        dag_runner.run("nowhere")
    with pytest.raises(Exception, match="Invalid input for param factor"):
        dag_runner.run("numbers", conf={"factor": "x"})
    with pytest.raises(KeyError, match="the run has .*numbers"):
        dag_runner.run("numbers", mark_success_pattern=".*")["nothing"]
    assert dag_runner.import_errors() == {}
"""


def test_fixtures(project) -> None:
    said = project(GOOD)
    assert "11 passed" in said, said


def test_a_failed_test_shows_its_runs(project) -> None:
    said = project("""
def test_it(dag_runner):
    assert dag_runner.run("values").state == "success"
""")
    assert "1 failed" in said, said
    assert "run of values" in said
    assert "The conn_id `my_db` isn't defined" in said
