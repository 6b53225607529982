"""The loader's decisions: what is parsed when, and what is not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ostro.loader import Bundle, LoaderConfig
from ostro.loader.watch import BlindWatcher
from ostro.protocol.parse import Dependency, KnownFile

from .harness import DAG, Bench, known


def rest(bench: Bench) -> None:
    """Parse everything; then forget what was parsed."""
    bench.settle()
    bench.parsed.clear()


def test_new_files_are_parsed_and_no_more_than_processes_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, processes=2)
    for name in "abc":
        bench.write(f"{name}.py")
    bench.turn()
    assert len(bench.jobs()) == 2
    bench.settle()
    assert set(bench.parsed) == {"a.py", "b.py", "c.py"}
    bench.loader.close()


def test_unchanged_files_are_not_parsed_again(bench: Bench) -> None:
    bench.write("a.py")
    rest(bench)
    for _ in range(20):
        bench.turn(60)
    assert bench.parsed == []
    assert not bench.jobs()


def test_an_edit_is_parsed_after_a_moment_of_silence(bench: Bench) -> None:
    path = bench.write("a.py")
    rest(bench)
    bench.write("a.py", DAG + "# edited")
    bench.notice(path)
    bench.turn()
    assert not bench.jobs()
    bench.turn(bench.config.quiet)
    assert set(bench.jobs()) == {"a.py"}


def test_a_series_of_writes_is_one_parse(bench: Bench) -> None:
    path = bench.write("a.py")
    rest(bench)
    for i in range(4):
        bench.write("a.py", DAG + f"# {i}")
        bench.notice(path)
        bench.turn(bench.config.quiet / 2)
        assert not bench.jobs()
    bench.turn(bench.config.quiet)
    assert len(bench.jobs()) == 1


def test_an_endless_series_of_writes_does_not_put_the_parse_off_for_ever(bench: Bench) -> None:
    path = bench.write("a.py")
    rest(bench)
    bench.write("a.py", DAG + "# edited")
    waited = 0.0
    while not bench.jobs():
        bench.notice(path)
        bench.turn(bench.config.quiet / 2)
        waited += bench.config.quiet / 2
        assert waited < 1
    assert waited <= bench.config.quiet_most + bench.config.quiet


def test_a_notice_without_a_change_of_content_parses_nothing(bench: Bench) -> None:
    path = bench.write("a.py")
    rest(bench)
    os.utime(path)
    bench.notice(path)
    bench.turn(1)
    assert not bench.jobs()


def test_a_change_of_a_module_parses_the_files_that_import_it_and_no_others(bench: Bench) -> None:
    module = bench.write("utils/x.py", "y = 1")
    bench.write("a.py")
    bench.write("b.py")
    bench.turn()
    bench.finish("a.py", ("module", module))
    bench.finish("b.py")
    rest(bench)
    bench.write("utils/x.py", "y = 2")
    bench.notice(module)
    bench.turn(1)
    assert set(bench.jobs()) == {"a.py"}


def test_edited_files_go_before_files_that_only_depend(tmp_path: Path) -> None:
    bench = Bench(tmp_path, processes=1)
    module = bench.write("x.py", "y = 1")
    for name in "abc":
        bench.write(f"{name}.py")
    bench.turn()
    for _ in range(3):
        bench.finish(next(iter(bench.jobs())), ("module", module))
        bench.turn()
    bench.write("x.py", "y = 2")
    path = bench.write("c.py", DAG + "# edited")
    bench.notice(module, path)
    bench.turn(1)
    assert set(bench.jobs()) == {"c.py"}
    bench.loader.close()


def test_a_new_name_in_a_listed_directory(bench: Bench) -> None:
    bench.write("sql/1.sql")
    bench.write("a.py")
    bench.turn()
    bench.finish("a.py", ("directory", bench.folder / "sql"))
    bench.turn(0.2)
    bench.notice(bench.write("sql/1.sql", "other content"))
    bench.turn(1)
    assert not bench.jobs()
    bench.notice(bench.write("sql/2.sql"))
    bench.turn(1)
    assert set(bench.jobs()) == {"a.py"}


def test_a_file_that_appears_where_an_import_looked_for_it(bench: Bench) -> None:
    bench.write("a.py")
    bench.turn()
    missing = bench.folder / "missing.py"
    bench.finish("a.py", ("file", missing))
    bench.turn(0.2)
    bench.notice(bench.write("missing.py", "x = 1"))
    bench.turn(1)
    assert set(bench.jobs()) == {"a.py"}


def test_an_edit_while_parsing_ends_that_parse_but_only_once(bench: Bench) -> None:
    path = bench.write("a.py")
    bench.turn()
    for edit in range(3):
        bench.write("a.py", DAG + f"# {edit}")
        bench.notice(path)
        bench.turn(1)
        assert set(bench.jobs()) == {"a.py"}
    assert len(bench.spawner.killed) == 1
    bench.finish("a.py")
    bench.turn()
    bench.turn(1)
    assert bench.parsed == ["a.py"]
    assert set(bench.jobs()) == {"a.py"}


def test_a_change_of_a_module_while_parsing_is_parsed_again(bench: Bench) -> None:
    module = bench.write("x.py", "y = 1")
    bench.write("a.py")
    bench.turn()
    bench.finish("a.py", ("module", module))
    bench.turn()
    bench.loader.parse_again("a.py")
    bench.turn()
    bench.write("x.py", "y = 2")
    bench.notice(module)
    bench.turn(1)
    assert not bench.spawner.killed
    bench.finish("a.py", ("module", module))
    bench.turn()
    assert not bench.jobs()
    bench.turn(1)
    assert set(bench.jobs()) == {"a.py"}


def test_a_change_too_close_to_the_parse_to_be_told_apart_is_parsed_again(bench: Bench) -> None:
    module = bench.write("x.py", "y = 1")
    bench.write("a.py")
    bench.clock.year = 2000
    bench.turn()
    bench.turn(1)
    bench.finish("a.py", ("module", module))
    bench.turn()
    assert not bench.jobs()
    bench.clock.year = 2100
    bench.turn(1)
    assert set(bench.jobs()) == {"a.py"}


def test_a_deleted_file_retires_after_the_grace(bench: Bench) -> None:
    path = bench.write("a.py")
    rest(bench)
    path.unlink()
    bench.notice(path)
    bench.turn(0.1)
    assert bench.retired == []
    bench.turn(bench.config.missing_grace)
    bench.turn(bench.config.missing_grace)
    assert bench.retired == ["a.py"]


def test_a_file_that_is_deleted_and_written_anew_is_not_retired(bench: Bench) -> None:
    path = bench.write("a.py")
    rest(bench)
    path.unlink()
    bench.notice(path)
    bench.turn(0.1)
    bench.notice(bench.write("a.py", DAG + "# anew"))
    bench.turn(1)
    assert set(bench.jobs()) == {"a.py"}
    assert bench.retired == []


def test_a_file_that_is_deleted_while_it_is_parsed(bench: Bench) -> None:
    path = bench.write("a.py")
    bench.turn()
    path.unlink()
    bench.notice(path)
    for _ in range(4):
        bench.turn(0.2)
    assert bench.retired == ["a.py"]
    assert bench.spawner.killed
    assert bench.parsed == []


def test_a_file_that_is_no_dag_file_any_more_is_retired_and_may_become_one_again(bench: Bench) -> None:
    path = bench.write("a.py")
    rest(bench)
    bench.write("a.py", "x = 1")
    bench.notice(path)
    for _ in range(4):
        bench.turn(1)
        if bench.jobs():
            bench.finish("a.py")
    bench.turn(bench.config.sweep_every)
    bench.turn(1)
    assert bench.retired == ["a.py"]
    bench.write("a.py")
    bench.notice(path)
    bench.turn(1)
    assert set(bench.jobs()) == {"a.py"}


def test_a_folder_that_cannot_be_read_retires_nothing(bench: Bench) -> None:
    bench.write("a.py")
    rest(bench)
    bench.folder.rename(bench.folder.with_name("away"))
    bench.notice(everything=True)
    for _ in range(5):
        bench.turn(60)
    assert bench.retired == []
    assert "cannot be read" in bench.complaints[0]
    bench.folder.with_name("away").rename(bench.folder)
    bench.turn(60)
    assert (bench.jobs(), bench.retired) == ({}, [])


def test_changes_without_notice_are_found_by_the_sweep(bench: Bench) -> None:
    bench.write("a.py")
    bench.write("b.py")
    rest(bench)
    bench.write("a.py", DAG + "# edited")
    bench.write("c.py")
    (bench.folder / "b.py").unlink()
    bench.turn(bench.config.sweep_every)
    assert set(bench.jobs()) == {"a.py", "c.py"}
    bench.turn(1)
    assert bench.retired == ["b.py"]


def test_a_symbolic_link_that_is_pointed_elsewhere(bench: Bench) -> None:
    for name, text in (("one", DAG), ("two", DAG + "# two")):
        target = bench.folder.with_name(name)
        target.mkdir()
        (target / "a.py").write_text(text)
    os.symlink(bench.folder.with_name("one"), bench.folder / "linked")
    rest(bench)
    os.symlink(bench.folder.with_name("two"), bench.folder / "swap")
    os.rename(bench.folder / "swap", bench.folder / "linked")
    bench.notice(bench.folder / "linked")
    bench.turn(1)
    assert set(bench.jobs()) == {"linked/a.py"}


# ---- restart -------------------------------------------------------------------------------------------------


def test_an_unchanged_restart_parses_nothing(bench: Bench) -> None:
    data = bench.write("data.csv", "1")
    bench.write("a.py")
    bench.write("b.py")
    bench.turn()
    bench.finish("a.py", ("file", data), ("env", "HOME"))
    rest(bench)
    again = Bench(bench.folder)
    again.loader.restore(known(bench))
    assert again.loader.fingerprint_of("a.py") == bench.loader.fingerprint_of("a.py")
    again.turn(1)
    assert again.loader.idle
    assert not again.jobs()
    data.write_text("2")
    once_more = Bench(bench.folder)
    once_more.loader.restore(known(bench))
    once_more.turn(1)
    assert set(once_more.jobs()) == {"a.py"}


def test_a_file_that_left_while_the_engine_was_down_is_retired(bench: Bench) -> None:
    path = bench.write("a.py")
    rest(bench)
    path.unlink()
    again = Bench(bench.folder)
    again.loader.restore(known(bench))
    again.turn(1)
    assert again.retired == ["a.py"]


def test_other_settings_parse_everything(bench: Bench) -> None:
    bench.write("a.py")
    rest(bench)
    again = Bench(bench.folder, defaults={"default_task_retries": 2})
    again.loader.restore(known(bench))
    again.turn(1)
    assert set(again.jobs()) == {"a.py"}


def test_a_bundle_that_is_not_configured_any_more_is_retired(bench: Bench) -> None:
    bench.loader.restore([KnownFile(bundle="old", path="x.py", fingerprint="1")])
    bench.turn()
    assert bench.retired == ["x.py"]


# ---- refresh and storms --------------------------------------------------------------------------------------


def test_a_file_that_read_the_network_is_refreshed(bench: Bench) -> None:
    bench.write("a.py")
    bench.write("b.py")
    bench.turn()
    bench.finish("a.py", ("network", "example.org:443"))
    bench.finish("b.py")
    bench.turn(0.2)
    bench.turn(bench.config.refresh_every * 0.7)
    assert not bench.jobs()
    bench.turn(bench.config.refresh_every * 0.6)
    assert set(bench.jobs()) == {"a.py"}


def test_every_file_is_refreshed_slowly_and_not_all_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, processes=100)
    for i in range(40):
        bench.write(f"{i}.py")
    rest(bench)
    eighths = []
    for _ in range(11):
        bench.turn(bench.config.refresh_all_every / 8)
        eighths.append(len(bench.jobs()))
        for path in bench.jobs():
            bench.finish(path)
    assert sum(eighths[:5]) == 0
    assert sum(eighths) == 40
    assert max(eighths) < 25
    bench.loader.close()


def test_a_dependency_that_never_rests_is_parsed_less_and_less(bench: Bench) -> None:
    data = bench.write("data.csv", "0")
    bench.write("a.py")
    bench.turn()
    parses = 0
    for second in range(120):
        for path in bench.jobs():
            bench.finish(path, ("file", data))
            parses += 1
        bench.notice(bench.write("data.csv", str(second)))
        bench.turn(1)
    assert 5 < parses < 25


def test_an_edit_is_not_held_up_by_such_a_storm(bench: Bench) -> None:
    test_a_dependency_that_never_rests_is_parsed_less_and_less(bench)
    for path in bench.jobs():
        bench.finish(path)
    path = bench.write("a.py", DAG + "# edited")
    bench.notice(path)
    bench.turn(0.1)
    assert set(bench.jobs()) == {"a.py"}


# ---- duplicates ----------------------------------------------------------------------------------------------


def test_when_a_file_gives_a_dag_up_its_rival_is_parsed_again(bench: Bench) -> None:
    bench.write("a.py")
    bench.write("b.py")
    bench.turn()
    bench.finish("a.py", dags=["same"])
    bench.finish("b.py", dags=["same"])
    rest_parsed = bench.turn(0.2).parsed
    assert len(rest_parsed) == 2
    path = bench.write("a.py", DAG + "# no dag")
    bench.notice(path)
    bench.turn(1)
    bench.finish("a.py")
    bench.turn(0.2)
    assert "b.py" in bench.jobs()


def test_when_a_file_leaves_its_rival_is_parsed_again(bench: Bench) -> None:
    bench.write("a.py")
    bench.write("b.py")
    bench.turn()
    bench.finish("a.py", dags=["same"])
    bench.finish("b.py", dags=["same"])
    bench.turn(0.2)
    (bench.folder / "a.py").unlink()
    bench.notice(bench.folder / "a.py")
    for _ in range(4):
        bench.turn(0.3)
    assert bench.retired == ["a.py"]
    assert set(bench.jobs()) == {"b.py"}


# ---- what is watched -----------------------------------------------------------------------------------------


def test_folders_are_watched_and_files_outside_by_themselves(bench: Bench) -> None:
    outside = bench.folder.with_name("data.csv")
    outside.write_text("1")
    bench.write("deep/a.py")
    bench.turn()
    gone = bench.folder.with_name("nowhere") / "x.csv"
    bench.finish("deep/a.py", ("file", outside), ("file", gone), ("directory", bench.folder / "sql"))
    bench.turn(0.2)
    bench.turn(1)
    assert bench.watcher.files == {str(outside)}
    assert bench.watcher.folders >= {str(bench.folder), str(bench.folder / "deep"), str(bench.folder.parent)}


def test_what_cannot_be_watched_is_said_and_looked_at_often(bench: Bench) -> None:
    bench.watcher.refused = {str(bench.folder): "No space left on device"}
    bench.write("a.py")
    rest(bench)
    assert "No space left on device" in bench.complaints[0]
    bench.write("a.py", DAG + "# edited")
    bench.turn(5)
    assert set(bench.jobs()) == {"a.py"}


def test_without_any_watcher_changes_are_still_found(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.loader = type(bench.loader)(
        bench.config, bench.spawner, clock=bench.clock, watcher=BlindWatcher("Too many open files")
    )
    path = bench.write("a.py")
    rest(bench)
    path.unlink()
    for _ in range(3):
        bench.turn(5)
    assert bench.retired == ["a.py"]
    bench.loader.close()


def test_file_ref_of_an_unknown_file(bench: Bench) -> None:
    assert bench.loader.file_ref("x.py").fingerprint == ""
    assert bench.loader.file_ref("x.py").folder == str(bench.folder)


def test_parse_again_parses_what_did_not_change(bench: Bench) -> None:
    bench.write("a.py")
    bench.write("b.py")
    rest(bench)
    assert bench.loader.parse_again("a.py") == 1
    bench.turn()
    assert set(bench.jobs()) == {"a.py"}
    assert bench.loader.parse_again() == 2


def test_two_bundles_with_the_same_path(tmp_path: Path) -> None:
    bundles = tuple(Bundle(name=n, folder=str(tmp_path / n)) for n in ("one", "two"))
    for bundle in bundles:
        Path(bundle.folder).mkdir()
        (Path(bundle.folder) / "a.py").write_text(DAG)
    bench = Bench(tmp_path)
    config = LoaderConfig(bundles=bundles)
    bench.loader = type(bench.loader)(config, bench.spawner, clock=bench.clock, watcher=bench.watcher)
    bench.turn()
    assert sorted(o.file.bundle for o, _ in bench.spawner.running.values()) == ["one", "two"]
    shutil.rmtree(bundles[1].folder)
    bench.loader.close()


def test_dependency_names_survive_a_round_through_the_database_form() -> None:
    before = Dependency(kind="file", name="/d/ü\n'\".csv")
    import msgspec

    assert msgspec.json.decode(msgspec.json.encode(before), type=Dependency) == before
