"""The official client of Airflow, unchanged, against a real server with a real engine: every operation that it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import airflow_client.client as api
import pytest
from airflow_client.client import models
from airflow_client.client.exceptions import ApiException, NotFoundException

from support.deadline import wait_for
from support.standalone import Standalone

DAGS = {
    "main.py": """
from airflow.sdk import DAG, Asset, TaskGroup, task
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator

with DAG("main", tags=["a", "b"], description="d", doc_md="# m", params={"x": 1}):
    @task(outlets=[Asset("made", uri="s3://bucket/made", extra={"k": 1})])
    def make():
        print("hello from make")
        return {"v": 7}

    @task
    def double(n):
        return n * 2

    with TaskGroup("group"):
        shell = BashOperator(task_id="shell", bash_command="echo {{ run_id }}")

    make() >> shell
    double.expand(n=[1, 2])

with DAG("asks"):
    ApprovalOperator(task_id="ask", subject="Go on?", body="really")

with DAG("follows", schedule=[Asset("made", uri="s3://bucket/made")]):
    BashOperator(task_id="t", bash_command="true")

with DAG("both", schedule=[Asset("left"), Asset("right")]):
    BashOperator(task_id="t", bash_command="true")

with DAG("fails"):
    BashOperator(task_id="t", bash_command="exit 3")

with DAG("dated", schedule="@daily", start_date=__import__("datetime").datetime(2026, 1, 1), catchup=False):
    BashOperator(task_id="t", bash_command="true")

with DAG("goes"):
    BashOperator(task_id="t", bash_command="true")
""",
    "broken.py": "import nothing_of_this_name\n# DAG airflow\n",
}
RUN = "run 1"


class Client:
    """Groups of operations by name; remembers which operations were asked for."""

    def __init__(self, url: str, token: str) -> None:
        self._client = api.ApiClient(api.Configuration(host=url, access_token=token))
        self.called: set[str] = set()
        serialize = self._client.param_serialize

        def remember(method: str, resource_path: str, *more: Any, **named: Any) -> Any:
            self.called.add(f"{method} {resource_path}")
            return serialize(method, resource_path, *more, **named)

        self._client.param_serialize = remember

    def __getattr__(self, name: str) -> Any:
        return getattr(api, f"{name}Api")(self._client)


@pytest.fixture(scope="module")
def ostro(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    folder = tmp_path_factory.mktemp("client")
    (folder / "dags").mkdir()
    for name, source in DAGS.items():
        (folder / "dags" / name).write_text(source)
    env = {
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__API__EXPOSE_CONFIG": "True",
    }
    with Standalone(folder / "home", folder / "dags", env=env) as standalone:
        for dag_id in ("main", "asks", "follows", "both", "fails", "dated", "goes"):
            standalone.wait_dag(dag_id)
        yield standalone


@pytest.fixture(scope="module")
def client(ostro: Standalone) -> Client:
    assert ostro.client is not None
    return Client(ostro.url, ostro.client.headers["Authorization"].partition(" ")[2])


@pytest.fixture(scope="module")
def run(client: Client, ostro: Standalone) -> str:
    """The id of a run of `main` that succeeded."""
    body = models.TriggerDAGRunPostBody.from_dict(
        {"logical_date": None, "dag_run_id": "r1", "conf": {"x": 2}}
    )
    made = client.DagRun.trigger_dag_run("main", body)
    assert made.state == "queued"
    ostro.wait_run("main", "r1")
    return str(made.dag_run_id)


def refused(status: int, call: Any, *args: Any, **named: Any) -> None:
    with pytest.raises(ApiException) as caught:
        call(*args, **named)
    assert caught.value.status == status, caught.value.body


def test_runs(client: Client, run: str) -> None:
    runs = client.DagRun
    assert runs.get_dag_run("main", run).conf == {"x": 2}
    listed = runs.get_dag_runs("main", state=["success"], order_by=["-run_after"], run_type=["manual"])
    assert [r.dag_run_id for r in listed.dag_runs] == [run]
    page = runs.get_dag_runs("~", cursor="", limit=1)
    assert page.total_entries_limit == 50_000
    body = models.DAGRunsBatchBody.from_dict({"dag_ids": ["main"], "states": ["success"]})
    assert runs.get_list_dag_runs_batch("~", body).total_entries == 1
    waited = runs.wait_dag_run_until_finished("main", run, interval=1, result=["make"])
    assert "success" in str(waited)
    client.Experimental.wait_dag_run_until_finished("main", run, interval=1)
    patched = runs.patch_dag_run("main", run, models.DAGRunPatchBody(note="n"), update_mask=["note"])
    assert patched.note == "n"
    # The client cannot read an instance in the answer of a dry run, whoever gives it: two of its models fit.
    assert runs.clear_dag_run("main", run, models.DAGRunClearBody(dry_run=True, only_failed=True)) is not None
    body = {"dag_runs": [{"dag_run_id": run}], "dry_run": True, "only_failed": True}
    body = models.BulkDAGRunClearBody.from_dict(body)
    assert runs.clear_dag_runs("main", body) is not None
    assert runs.clear_dag_run_partitions("main", models.ClearPartitionsBody(run_id=run, dry_run=True)).dry_run
    assert runs.get_upstream_asset_events("main", run).total_entries == 0
    refused(404, runs.get_dag_run, "main", "none")
    refused(404, client.DAG.get_dag, "none")


def test_runs_in_bulk_and_deleted(client: Client, ostro: Standalone) -> None:
    runs = client.DagRun
    for run_id in ("b1", "b2"):
        body = {"logical_date": None, "dag_run_id": run_id}
        runs.trigger_dag_run("goes", models.TriggerDAGRunPostBody.from_dict(body))
        ostro.wait_run("goes", run_id)
    actions = [
        {"action": "update", "entities": [{"dag_run_id": "b1", "note": "x"}]},
        {"action": "delete", "entities": ["b2"]},
    ]
    body = models.BulkBodyBulkDAGRunBody.from_dict({"actions": actions})
    done = runs.bulk_dag_runs("goes", body)
    assert (done.update.success, done.delete.success) == (["goes.b1"], ["goes.b2"])
    runs.delete_dag_run("goes", "b1")
    cleared = runs.clear_dag_runs  # the answer of a real clear is another model than that of a dry run
    runs.trigger_dag_run(
        "goes", models.TriggerDAGRunPostBody.from_dict({"logical_date": None, "dag_run_id": "b3"})
    )
    ostro.wait_run("goes", "b3")
    again = {"dag_runs": [{"dag_run_id": "b3"}], "dry_run": False}
    assert cleared("goes", models.BulkDAGRunClearBody.from_dict(again)) is not None
    runs.clear_dag_run("goes", "b3", models.DAGRunClearBody(dry_run=False))
    ostro.wait_run("goes", "b3")


def test_dags(client: Client, run: str) -> None:
    dags = client.DAG
    listed = dags.get_dags(
        limit=2,
        tags=["a"],
        order_by=["dag_id"],
        last_dag_run_state=models.DagRunState.SUCCESS,
        exclude_stale=True,
    )
    assert [d.dag_id for d in listed.dags] == ["main"]
    assert dags.get_dags(dag_id_pattern="ma", paused=False).total_entries == 1
    details = dags.get_dag_details("main")
    assert details.doc_md == "# m"
    assert details.latest_dag_version.version_number == 1
    assert dags.get_dag_tags().tags == ["a", "b"]
    dags.favorite_dag("main")
    assert dags.get_dags(is_favorite=True).total_entries == 1
    dags.unfavorite_dag("main")
    assert dags.patch_dag("goes", models.DAGPatchBody(is_paused=True)).is_paused
    unpaused = dags.patch_dags(models.DAGPatchBody(is_paused=False), dag_id_pattern="goes")
    assert [d.is_paused for d in unpaused.dags] == [False]
    assert {t.task_id for t in client.Task.get_tasks("main").tasks} == {"make", "double", "group.shell"}
    assert client.Task.get_task("main", "make").operator_name == "@task"
    assert client.DagVersion.get_dag_versions("main").total_entries == 1
    assert client.DagVersion.get_dag_version("main", 1).dag_id == "main"
    assert "ApprovalOperator" in client.DagSource.get_dag_source("main", accept="application/json").content
    stats = client.DagStats.get_dag_stats(dag_ids=["main"]).dags[0]
    assert {s.state: s.count for s in stats.stats}["success"] == 1
    assert client.DagWarning.list_dag_warnings().total_entries == 0
    assert client.DAGParsing.reparse_dag_file(details.file_token) is None


def test_a_file_is_parsed_again(client: Client) -> None:
    before = client.DAG.get_dag("dated")
    client.DAGParsing.reparse_dag_file(before.file_token)
    wait_for(
        lambda: client.DAG.get_dag("dated").last_parsed_time > before.last_parsed_time,
        seconds=30,
        what="the file to be parsed again",
    )


def test_task_instances(client: Client, run: str) -> None:
    instances = client.TaskInstance
    listed = instances.get_task_instances("main", run, state=["success"], order_by=["-start_date"])
    assert listed.total_entries == 4
    assert instances.get_task_instances("~", "~", cursor="", limit=2).next_cursor is not None
    body = models.TaskInstancesBatchBody.from_dict({"dag_ids": ["main"], "task_ids": ["make"]})
    assert instances.get_task_instances_batch("~", "~", body).total_entries == 1
    one = instances.get_task_instance("main", run, "make")
    assert (one.state, one.try_number, one.dag_version.version_number) == ("success", 1, 1)
    assert (
        instances.get_task_instance("main", run, "group.shell").rendered_fields["bash_command"]
        == f"echo {run}"
    )
    assert instances.get_mapped_task_instances("main", run, "double").total_entries == 2
    assert instances.get_mapped_task_instance("main", run, "double", 1).map_index == 1
    assert instances.get_task_instance_dependencies("main", run, "make").dependencies is not None
    assert instances.get_task_instance_dependencies_by_map_index("main", run, "double", 0) is not None
    assert instances.get_task_instance_tries("main", run, "make").total_entries == 1
    assert instances.get_mapped_task_instance_tries("main", run, "double", 0).total_entries == 1
    assert instances.get_task_instance_try_details("main", run, "make", 1).state == "success"
    assert instances.get_mapped_task_instance_try_details("main", run, "double", 1, 0).map_index == 0
    assert instances.get_extra_links("main", run, "make").total_entries == 0
    assert client.ExtraLinks.get_extra_links("main", run, "make").total_entries == 0
    log = instances.get_log("main", run, "make", 1, full_content=True, accept="application/json")
    assert "hello from make" in str(log.content)
    refused(400, instances.get_external_log_url, "main", run, "make", 1)


def test_mark_and_clear(client: Client, ostro: Standalone, run: str) -> None:
    instances = client.TaskInstance
    failed = models.PatchTaskInstanceBody.from_dict({"new_state": "failed"})
    note = models.PatchTaskInstanceBody.from_dict({"note": "seen"})
    assert instances.patch_task_instance_dry_run("main", run, "make", failed).total_entries == 1
    assert (
        instances.patch_task_instance_dry_run_by_map_index("main", run, "double", 0, failed).total_entries
        == 1
    )
    assert instances.patch_task_instance("main", run, "make", note).task_instances[0].note == "seen"
    assert instances.patch_task_instance_by_map_index("main", run, "double", 0, failed).total_entries == 1
    assert instances.patch_task_group_instances_dry_run("main", run, "group", failed).total_entries == 1
    assert instances.patch_task_group_instances("main", run, "group", note).total_entries == 1
    actions = [{"action": "update", "entities": [{"task_id": "make", "note": "bulk"}]}]
    done = instances.bulk_task_instances(
        "main", run, models.BulkBodyBulkTaskInstanceBody.from_dict({"actions": actions})
    )
    assert done.update.success == [f"main.{run}.make[-1]"]
    body = models.ClearTaskInstancesBody.from_dict({"dag_run_id": run, "only_failed": True, "dry_run": False})
    assert instances.post_clear_task_instances("main", body).total_entries == 1
    assert ostro.wait_run("main", run)["state"] == "success"
    assert instances.delete_task_instance("main", run, "group.shell") is None
    refused(404, instances.get_task_instance, "main", run, "group.shell")


def test_xcoms(client: Client, run: str) -> None:
    xcoms = client.XCom
    assert xcoms.get_xcom_entries("main", run, "make").total_entries == 1
    assert "7" in str(xcoms.get_xcom_entry("main", "make", run, "return_value").actual_instance.value)
    assert xcoms.get_xcom_entry("main", "make", run, "return_value", stringify=True) is not None
    created = xcoms.create_xcom_entry("main", "make", run, models.XComCreateBody(key="k", value={"a": [1]}))
    assert created.value == {"a": [1]}
    assert xcoms.update_xcom_entry("main", "make", run, "k", models.XComUpdateBody(value=2)).value == 2
    xcoms.delete_xcom_entry("main", "make", run, "k")


def test_assets(client: Client, ostro: Standalone, run: str) -> None:
    assets = client.Asset
    (asset,) = assets.get_assets(name_pattern="made").assets
    assert assets.get_asset(asset.id).producing_tasks[0].task_id == "make"
    assert assets.get_asset_aliases().total_entries == 0
    refused(404, assets.get_asset_alias, 1)
    body = models.CreateAssetEventsBody.from_dict({"asset_id": asset.id, "extra": {"by": "hand"}})
    assert assets.create_asset_event(body).extra["by"] == "hand"
    assert assets.get_asset_events(asset_id=asset.id, order_by=["-timestamp"]).total_entries >= 2
    # A DAG that waits for two assets keeps the events of one.
    (left,) = assets.get_assets(name_pattern="left").assets
    queues = (
        (assets.get_asset_queued_events, assets.delete_asset_queued_events, (left.id,)),
        (assets.get_dag_asset_queued_events, assets.delete_dag_asset_queued_events, ("both",)),
        (assets.get_dag_asset_queued_event, assets.delete_dag_asset_queued_event, ("both", left.id)),
    )
    for read, delete, names in queues:
        assets.create_asset_event(models.CreateAssetEventsBody.from_dict({"asset_id": left.id}))
        wait_for(
            lambda read=read, names=names: _answers(read, *names), what="an event that waits for its run"
        )
        delete(*names)
        assert not _answers(read, *names)
    made = assets.materialize_asset(asset.id, models.MaterializeAssetBody.from_dict({"note": "m"}))
    assert made.dag_id == "main"
    ostro.wait_run("main", made.dag_run_id)
    (follower, *_) = wait_for(
        lambda: client.DagRun.get_dag_runs("follows").dag_runs, what="the run of an event"
    )
    ostro.wait_run("follows", follower.dag_run_id)
    assert client.DagRun.get_upstream_asset_events("follows", follower.dag_run_id).total_entries >= 1


def _answers(call: Any, *names: Any) -> bool:
    try:
        found = call(*names)
    except NotFoundException:
        return False
    return getattr(found, "total_entries", 1) > 0


def test_state_stores(client: Client, run: str) -> None:
    tasks, names = client.TaskStateStore, ("main", run, "make")
    tasks.set_task_state_store("k", *names, models.TaskStateStoreBody.from_dict({"value": {"a": 1}}))
    assert tasks.get_task_state_store("k", *names).value == {"a": 1}
    tasks.patch_task_state_store("k", *names, models.TaskStateStorePatchBody.from_dict({"value": 2}))
    assert tasks.list_task_state_store(*names).total_entries == 1
    tasks.delete_task_state_store("k", *names)
    tasks.clear_task_state_store(*names)
    assets = client.AssetStateStore
    (asset,) = client.Asset.get_assets(name_pattern="made").assets
    assets.set_asset_state_store("k", asset.id, models.AssetStateStoreBody.from_dict({"value": 1}))
    assert assets.get_asset_state_store("k", asset.id).last_updated_by.kind is not None
    assert assets.list_asset_state_store(asset.id).total_entries == 1
    assets.delete_asset_state_store("k", asset.id)
    assets.clear_asset_state_store(asset.id)


def test_backfills(client: Client, ostro: Standalone) -> None:
    backfills = client.Backfill
    dates = {"from_date": "2026-01-01T00:00:00Z", "to_date": "2026-03-31T00:00:00Z"}
    body = models.BackfillPostBody.from_dict({"dag_id": "dated", "max_active_runs": 1, **dates})
    assert backfills.create_backfill_dry_run(body).total_entries == 90
    made = backfills.create_backfill(body)
    assert backfills.get_backfill(made.id).dag_id == "dated"
    assert backfills.pause_backfill(made.id).is_paused
    assert not backfills.unpause_backfill(made.id).is_paused
    assert backfills.list_backfills("dated").total_entries == 1
    assert backfills.cancel_backfill(made.id).completed_at is not None


def test_human_in_the_loop(client: Client, ostro: Standalone) -> None:
    instances = client.TaskInstance
    body = models.TriggerDAGRunPostBody.from_dict({"logical_date": None, "dag_run_id": "h"})
    client.DagRun.trigger_dag_run("asks", body)
    (detail,) = wait_for(lambda: instances.get_hitl_details("asks", "h").hitl_details, what="the question")
    assert (detail.subject, detail.response_received) == ("Go on?", False)
    assert instances.get_hitl_detail("asks", "h", "ask", -1).options == ["Approve", "Reject"]
    waiting = instances.get_task_instance("asks", "h", "ask")
    assert waiting.state in ("awaiting_input", "deferred", "running")
    answer = models.UpdateHITLDetailPayload.from_dict({"chosen_options": ["Approve"]})
    assert instances.update_hitl_detail("asks", "h", "ask", -1, answer) is not None
    assert ostro.wait_run("asks", "h")["state"] == "success"
    assert instances.get_hitl_detail_try_detail("asks", "h", "ask", -1, 1).responded_by_user is not None


def test_pools_variables_connections(client: Client) -> None:
    pools = client.Pool
    pools.post_pool(models.PoolBody.from_dict({"name": "p", "slots": 2}))
    assert (
        pools.patch_pool("p", models.PoolPatchBody.from_dict({"slots": 3}), update_mask=["slots"]).slots == 3
    )
    assert pools.get_pool("p").open_slots == 3
    assert pools.get_pools(pool_name_pattern="p", order_by=["name"]).total_entries == 2
    create = {"actions": [{"action": "create", "entities": [{"name": "q", "slots": 1}]}]}
    assert pools.bulk_pools(models.BulkBodyPoolBody.from_dict(create)).create.success == ["q"]
    pools.delete_pool("p")
    refused(404, pools.get_pool, "p")
    variables = client.Variable
    variables.post_variable(models.VariableBody.from_dict({"key": "v", "value": "1"}))
    assert (
        variables.patch_variable("v", models.VariableBody.from_dict({"key": "v", "value": "2"})).value == "2"
    )
    assert variables.get_variable("v").key == "v"
    assert variables.get_variables(variable_key_pattern="v").total_entries == 1
    create = {"actions": [{"action": "create", "entities": [{"key": "w", "value": {"j": 1}}]}]}
    assert variables.bulk_variables(models.BulkBodyVariableBody.from_dict(create)).create.success == ["w"]
    variables.delete_variable("v")


def test_connections(client: Client) -> None:
    connections = client.Connection
    body = models.ConnectionBody.from_dict(
        {"connection_id": "c", "conn_type": "fs", "extra": '{"path": "/"}'}
    )
    connections.post_connection(body)
    assert connections.get_connection("c").conn_type == "fs"
    assert connections.patch_connection("c", body, update_mask=["extra"]).connection_id == "c"
    assert connections.get_connections(connection_id_pattern="c").total_entries == 1
    create = {"actions": [{"action": "create", "entities": [{"connection_id": "e", "conn_type": "http"}]}]}
    done = connections.bulk_connections(models.BulkBodyConnectionBody.from_dict(create))
    assert done.create.success == ["e"]
    connections.delete_connection("c")
    assert connections.test_connection(body).status
    fields = {
        "connection_id": "tried",
        "conn_type": "fs",
        "extra": '{"path": "/"}',
        "commit_on_success": True,
    }
    queued = connections.enqueue_connection_test(models.ConnectionTestRequestBody.from_dict(fields))
    ended = wait_for(
        lambda: (r := connections.get_connection_test(queued.token)).state in ("success", "failed") and r,
        what="the end of the connection test",
    )
    assert ended.state == "success", ended.result_message
    assert connections.get_connection("tried").conn_type == "fs"
    connections.create_default_connections()
    assert connections.get_connection("redis_default").port == 6379


def test_the_installation(client: Client, run: str) -> None:
    assert client.Monitor.get_health().scheduler.status == "healthy"
    assert client.Version.get_version().version
    assert any(j.job_type == "SchedulerJob" for j in client.Job.get_jobs(is_alive=True).jobs)
    events = client.EventLog.get_event_logs(
        dag_id="main", order_by=["-event_log_id"], included_events=["trigger_dag_run"]
    )
    assert client.EventLog.get_event_log(events.event_logs[0].event_log_id).event == "trigger_dag_run"
    (error,) = client.ImportError.get_import_errors(filename_pattern="broken").import_errors
    assert "nothing_of_this_name" in client.ImportError.get_import_error(error.import_error_id).stack_trace
    assert client.Plugin.get_plugins().total_entries >= 0
    assert client.Plugin.import_errors().total_entries == 0
    assert client.Provider.get_providers().total_entries >= 0
    config = client.Config.get_config(section="core", accept="application/json")
    assert config.sections[0].name == "core"
    value = client.Config.get_config_value("core", "parallelism", accept="application/json")
    assert value.sections[0].options[0].value.actual_instance == "32"
    assert client.Login.login() is not None
    assert client.Login.logout() is not None


def test_delete(client: Client) -> None:
    body = models.TriggerDAGRunPostBody.from_dict({"logical_date": None})
    client.DagRun.trigger_dag_run("fails", body)
    wait_for(
        lambda: [r.state for r in client.DagRun.get_dag_runs("fails").dag_runs] == ["failed"],
        what="the failure",
    )
    client.DAG.delete_dag("fails")


def test_every_operation_was_asked_for(client: Client) -> None:
    import inspect

    known: set[str] = set()
    for name in dir(api):
        if name.endswith("Api"):
            group = getattr(api, name)
            for method, function in inspect.getmembers(group, inspect.isfunction):
                if method.startswith("_") and method.endswith("_serialize"):
                    source = inspect.getsource(function)
                    verb = source.partition("method='")[2].partition("'")[0]
                    path = source.partition("resource_path='")[2].partition("'")[0]
                    known.add(f"{verb} {path}")
    assert known - client.called == set()
    assert len(known) == 128
