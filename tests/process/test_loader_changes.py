"""Changes of real files are parsed at once, and nothing else is."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ostro.protocol.parse import KnownFile
from support.loader_bench import SIMPLE, LoaderBench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LoaderBench]:
    made = LoaderBench(tmp_path / "dags", plugins_folder=str(tmp_path / "plugins"))
    (tmp_path / "plugins").mkdir()
    yield made
    made.close()


def quiet(bench: LoaderBench) -> None:
    """Everything is parsed and watched, second looks are over."""
    bench.settle()
    deadline = time.monotonic() + 0.5
    while (left := deadline - time.monotonic()) > 0:
        bench.turn(left)
    bench.settle()
    bench.counts.clear()


def reparsed(bench: LoaderBench, *paths: str) -> None:
    """Exactly these files are parsed, and soon."""
    began = time.monotonic()
    bench.until(lambda: set(paths) <= set(bench.counts), 10)
    took = time.monotonic() - began
    bench.settle()
    assert set(bench.counts) == set(paths)
    assert took < 2


def test_an_edit(bench: LoaderBench) -> None:
    bench.write("a.py")
    bench.write("b.py")
    quiet(bench)
    bench.write("a.py", "renamed")
    reparsed(bench, "a.py")
    assert bench.dags("a.py") == ["renamed"]


def test_an_edit_as_editors_do_it(bench: LoaderBench) -> None:
    bench.write("a.py")
    quiet(bench)
    target = bench.folder / "a.py"
    (bench.folder / "4913").write_text("")
    (bench.folder / "4913").unlink()
    os.rename(target, bench.folder / "a.py~")
    bench.write("a.py", "renamed")
    (bench.folder / "a.py~").unlink()
    reparsed(bench, "a.py")
    assert (bench.dags("a.py"), bench.retired) == (["renamed"], [])


def test_a_module_beside_the_dag(bench: LoaderBench) -> None:
    bench.put("utils/__init__.py", "")
    bench.put("utils/x.py", "y = 'one'")
    bench.put(
        "a.py", SIMPLE.format(dag_id="{y}", before="from utils.x import y", after="").replace('"{y}"', "y")
    )
    bench.write("b.py")
    quiet(bench)
    assert bench.dags("a.py") == ["one"]
    bench.put("utils/x.py", "y = 'two'")
    reparsed(bench, "a.py")
    assert bench.dags("a.py") == ["two"]


def test_a_module_edited_twice_within_a_second_with_the_same_size(bench: LoaderBench) -> None:
    bench.put("x.py", "y = 'one'")
    bench.put("a.py", SIMPLE.format(dag_id="Y", before="from x import y", after="").replace('"Y"', "y"))
    bench.settle()
    for name in ("two", "six", "ten"):
        bench.put("x.py", f"y = '{name}'")
        bench.until(lambda name=name: bench.dags("a.py") == [name], 10)


def test_a_plugin_and_a_module_beside_it_that_nobody_imports(bench: LoaderBench, tmp_path: Path) -> None:
    """What is looked at only to find plugins is nothing that a DAG file depends on; a plugin itself is."""
    plugin, module = tmp_path / "plugins/my_plugin.py", tmp_path / "plugins/helpers.py"
    text = "from airflow.plugins_manager import AirflowPlugin\nclass P(AirflowPlugin):\n    name = 'p'\n"
    plugin.write_text(text)
    module.write_text("")
    bench.write("a.py")
    quiet(bench)
    module.write_text("x = 1")
    plugin.write_text(text + "    macros = []\n")
    reparsed(bench, "a.py")
    assert bench.counts["a.py"] == 1
    quiet(bench)
    module.write_text("x = 2")
    bench.write("b.py")
    reparsed(bench, "b.py")


def test_a_module_of_the_plugins_folder(bench: LoaderBench, tmp_path: Path) -> None:
    module = tmp_path / "plugins/mine.py"
    module.write_text("y = 1")
    bench.write("a.py", before="import mine")
    quiet(bench)
    module.write_text("y = 2")
    reparsed(bench, "a.py")


def test_a_plugins_folder_that_is_made_later(bench: LoaderBench, tmp_path: Path) -> None:
    (tmp_path / "plugins").rmdir()
    bench.write("a.py", before="import mine")
    quiet(bench)
    assert bench.dags("a.py") == []
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins/mine.py").write_text("y = 1")
    reparsed(bench, "a.py")
    assert bench.dags("a.py") == ["a"]


def test_a_csv_that_the_dag_reads(bench: LoaderBench) -> None:
    data = bench.put("data/tables.csv", "one")
    read = "import os\nfor name in open(os.path.dirname(__file__) + '/data/tables.csv').read().split():\n    EmptyOperator(task_id=name, dag=DAG('of_' + name, schedule=None))"
    bench.write("a.py", after=read)
    bench.write("b.py")
    quiet(bench)
    data.write_text("one two")
    reparsed(bench, "a.py")


def test_a_new_file_in_a_listed_directory(bench: LoaderBench) -> None:
    bench.put("sql/1.sql", "")
    bench.write("a.py", before="import glob, os\nglob.glob(os.path.dirname(__file__) + '/sql/*.sql')")
    bench.write("b.py")
    quiet(bench)
    bench.put("sql/1.sql", "content is not listed")
    bench.put("sql/2.sql", "")
    reparsed(bench, "a.py")


def test_a_file_outside_of_the_folder(bench: LoaderBench, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("1")
    bench.write("a.py", before=f"open({str(outside)!r}).read()")
    quiet(bench)
    outside.write_text("2")
    reparsed(bench, "a.py")
    bench.counts.clear()
    (tmp_path / "new").write_text("3")
    os.rename(tmp_path / "new", outside)
    reparsed(bench, "a.py")


def test_a_variable(bench: LoaderBench) -> None:
    bench.variables["stage"] = "test"
    read = "from airflow.models import Variable\nstage = Variable.get('stage', 'none')"
    bench.put("a.py", SIMPLE.format(dag_id="S", before=read, after="").replace('"S"', "stage"))
    bench.write("b.py")
    quiet(bench)
    assert bench.dags("a.py") == ["test"]
    bench.variables["stage"] = "live"
    bench.loader.variable_changed("stage")
    reparsed(bench, "a.py")
    assert bench.dags("a.py") == ["live"]


def test_a_new_file_and_a_new_folder(bench: LoaderBench) -> None:
    bench.write("a.py")
    quiet(bench)
    bench.write("b.py")
    bench.write("deep/er/c.py")
    reparsed(bench, "b.py", "deep/er/c.py")


def test_a_folder_removed_and_made_anew(bench: LoaderBench) -> None:
    bench.write("deep/a.py")
    quiet(bench)
    shutil.rmtree(bench.folder / "deep")
    bench.until(lambda: bench.retired == ["deep/a.py"])
    bench.write("deep/a.py", "again")
    reparsed(bench, "deep/a.py")
    bench.counts.clear()
    bench.write("deep/a.py", "still_watched")
    reparsed(bench, "deep/a.py")


def test_the_whole_bundle_removed_and_made_anew(bench: LoaderBench) -> None:
    bench.write("a.py")
    quiet(bench)
    bench.folder.rename(bench.folder.with_name("away"))
    bench.folder.mkdir()
    bench.write("a.py", "anew")
    reparsed(bench, "a.py")
    bench.counts.clear()
    bench.write("a.py", "still_watched")
    reparsed(bench, "a.py")
    assert bench.retired == []


def test_an_ignore_file_that_comes_and_goes(bench: LoaderBench) -> None:
    bench.write("a.py")
    bench.write("old/b.py")
    quiet(bench)
    bench.put(".airflowignore", "old/\n")
    bench.until(lambda: bench.retired == ["old/b.py"])
    (bench.folder / ".airflowignore").unlink()
    reparsed(bench, "old/b.py")


def test_a_file_deleted_while_it_is_parsed(bench: LoaderBench, tmp_path: Path) -> None:
    started = tmp_path / "started"
    bench.write("a.py", before=f"import time; open({str(started)!r}, 'w').close(); time.sleep(3600)")
    bench.until(started.exists)
    (bench.folder / "a.py").unlink()
    bench.until(lambda: bench.retired == ["a.py"])
    bench.settle()
    assert bench.results == {}


def test_a_file_that_hangs_is_parsed_anew_as_soon_as_it_is_edited(bench: LoaderBench, tmp_path: Path) -> None:
    started = tmp_path / "started"
    bench.write("a.py", before=f"import time; open({str(started)!r}, 'w').close(); time.sleep(3600)")
    bench.until(started.exists)
    began = time.monotonic()
    bench.write("a.py")
    assert not bench.next_result("a.py").errors
    assert time.monotonic() - began < 2


def test_git_sync_points_a_link_to_another_checkout(tmp_path: Path) -> None:
    for revision, dag_id in (("one", "same"), ("two", "changed")):
        bench = LoaderBench(tmp_path / revision)
        bench.write("a.py", dag_id)
        bench.write("b.py")
        bench.close()
    os.symlink("one", tmp_path / "current")
    bench = LoaderBench(tmp_path / "current")
    quiet(bench)
    os.symlink("two", tmp_path / "next")
    os.rename(tmp_path / "next", tmp_path / "current")
    reparsed(bench, "a.py")
    assert bench.dags("a.py") == ["changed"]
    bench.counts.clear()
    (tmp_path / "two/b.py").write_text(SIMPLE.format(dag_id="edited", before="", after=""))
    reparsed(bench, "b.py")
    bench.close()


def test_a_mounted_volume_of_kubernetes(tmp_path: Path) -> None:
    folder = tmp_path / "dags"
    for version, dag_id in (("..1", "old"), ("..2", "new")):
        (folder / version).mkdir(parents=True)
        (folder / version / "a.py").write_text(SIMPLE.format(dag_id=dag_id, before="", after=""))
    os.symlink("..1", folder / "..data")
    os.symlink("..data/a.py", folder / "a.py")
    bench = LoaderBench(folder)
    quiet(bench)
    assert list(bench.results) == ["a.py"]
    os.symlink("..2", folder / "..tmp")
    os.rename(folder / "..tmp", folder / "..data")
    reparsed(bench, "a.py")
    assert bench.dags("a.py") == ["new"]
    bench.close()


def test_a_zip_file(bench: LoaderBench) -> None:
    def pack(dag_id: str) -> None:
        with zipfile.ZipFile(bench.folder / "new.tmp", "w") as archive:
            archive.writestr("one.py", SIMPLE.format(dag_id=dag_id, before="import beside", after=""))
            archive.writestr("beside.py", "x = 1")
        os.rename(bench.folder / "new.tmp", bench.folder / "pack.zip")

    pack("in_zip")
    quiet(bench)
    assert bench.dags("pack.zip/one.py") == ["in_zip"]
    assert bench.spec("pack.zip/one.py").relative_fileloc == "pack.zip/one.py"
    assert "import beside" in bench.results["pack.zip/one.py"].source
    pack("changed")
    reparsed(bench, "pack.zip/one.py")
    assert bench.dags("pack.zip/one.py") == ["changed"]
    (bench.folder / "pack.zip").unlink()
    bench.until(lambda: bench.retired == ["pack.zip/one.py"])


def test_a_restart_parses_only_what_changed_meanwhile(bench: LoaderBench) -> None:
    bench.put("x.py", "y = 1")
    bench.write("a.py", before="import x")
    bench.write("b.py")
    bench.write("c.py")
    quiet(bench)
    known = bench.known()
    again = LoaderBench(bench.folder, plugins_folder=bench.config.plugins_folder)
    again.loader.restore(known)
    again.settle()
    assert again.counts == {}
    again.close()
    bench.put("x.py", "y = 2")
    (bench.folder / "c.py").unlink()
    once_more = LoaderBench(bench.folder, plugins_folder=bench.config.plugins_folder)
    once_more.loader.restore(known)
    once_more.settle()
    assert once_more.counts == {"a.py": 1}
    assert once_more.retired == ["c.py"]
    once_more.close()


CHANGEABLE = """
from datetime import datetime, timedelta
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
{more}
with DAG("stable", schedule="@daily", start_date=datetime(2024, 1, 1), tags={{"b", "a", "c", "d"}}, params={{"x": {{"q", "w", "e"}} and 1}}):
    last = EmptyOperator(task_id="last", trigger_rule="all_done")
    for name in {{"one", "two", "three", "four", "five"}}:
        BashOperator(task_id=name, bash_command="true", env={{k: k for k in {{"x", "y", "z"}}}}) >> last
"""


def refreshed(
    folder: Path, known: list[KnownFile], monkeypatch: pytest.MonkeyPatch, seed: str
) -> LoaderBench:
    """A later life of the loader, with another order of sets, in which the slow refresh has come."""
    monkeypatch.setenv("PYTHONHASHSEED", seed)
    bench = LoaderBench(folder, refresh_all_every=0.5)
    bench.loader.restore(known)
    bench.until(lambda: bench.spawner.spawned >= 2)
    bench.settle()
    bench.close()
    return bench


def test_the_order_of_a_set_makes_no_new_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    bench = LoaderBench(tmp_path)
    bench.put("a.py", CHANGEABLE.format(more=""))
    bench.settle()
    assert len(bench.spec("a.py").tasks) == 6
    bench.close()
    for seed in ("2", "3"):
        assert refreshed(tmp_path, bench.known(), monkeypatch, seed).counts == {}


def test_now_makes_no_new_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = CHANGEABLE.format(more="NOW = datetime.now()")
    text = text.replace('"true"', 'f"echo {NOW}"').replace("datetime(2024, 1, 1)", "NOW - timedelta(days=2)")
    bench = LoaderBench(tmp_path)
    bench.put("a.py", text)
    bench.settle()
    assert "echo 20" in str(bench.spec("a.py").tasks)
    bench.close()
    assert refreshed(tmp_path, bench.known(), monkeypatch, "1").counts == {}


def test_tasks_made_from_the_date_do_change_at_a_refresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = LoaderBench(tmp_path)
    bench.write("a.py", after="    import time; EmptyOperator(task_id=f'at_{time.time_ns()}')")
    bench.settle()
    bench.close()
    assert refreshed(tmp_path, bench.known(), monkeypatch, "1").counts["a.py"] >= 2


def test_editing_one_of_many_is_known_within_300_ms(bench: LoaderBench) -> None:
    for i in range(40):
        bench.write(f"d{i}.py")
    quiet(bench)
    took = []
    for i in range(5):
        began = time.monotonic()
        bench.write("d7.py", f"edited_{i}")
        bench.next_result("d7.py")
        took.append(time.monotonic() - began)
        bench.settle()
    assert sorted(took)[2] < 0.3, took
