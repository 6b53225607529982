"""Files that read Variables are parsed again when those change."""

from __future__ import annotations

from pathlib import Path

from ostro.protocol.task import GetVariable, Refused

from .harness import Bench, answer, known


def rest(bench: Bench) -> None:
    """Parse everything; then forget what was parsed."""
    bench.settle()
    bench.parsed.clear()


def test_a_variable_that_changes_parses_the_files_that_read_it(bench: Bench) -> None:
    bench.write("a.py")
    bench.write("b.py")
    bench.turn()
    bench.spawner.say(bench.jobs()["a.py"], GetVariable(seq=1, key="x"))
    bench.turn()
    assert [(q.seq, q.key) for _, q in bench.asked if isinstance(q, GetVariable)] == [(1, "x")]
    answer(bench, {"x": "1"})
    bench.finish("a.py", ("variable", "x"))
    bench.finish("b.py")
    bench.turn()
    answer(bench, {"x": "1"})
    bench.turn(0.2)
    assert sorted(bench.parsed) == ["a.py", "b.py"]
    bench.loader.variable_changed("y")
    bench.turn(1)
    assert not bench.asked
    bench.loader.variable_changed("x")
    bench.turn(1)
    answer(bench, {"x": "1"})
    bench.turn(1)
    assert not bench.jobs()
    bench.loader.variable_changed("x")
    bench.turn(1)
    answer(bench, {"x": "2"})
    bench.turn(1)
    assert set(bench.jobs()) == {"a.py"}


def test_a_variable_that_changed_while_the_engine_was_down(bench: Bench) -> None:
    bench.write("a.py")
    bench.turn()
    bench.finish("a.py", ("variable", "x"))
    bench.turn()
    answer(bench, {"x": "1"})
    bench.turn(0.2)
    for value, parsed in (("1", set()), ("2", {"a.py"})):
        again = Bench(bench.folder)
        again.loader.restore(known(bench))
        again.turn(1)
        answer(again, {"x": value})
        again.turn(1)
        assert set(again.jobs()) == parsed


def test_a_variable_that_changes_without_a_word_is_found_by_the_sweep(bench: Bench) -> None:
    bench.write("a.py")
    bench.turn()
    bench.finish("a.py", ("variable", "x"))
    bench.turn()
    answer(bench, {"x": "1"})
    bench.turn(0.2)
    for value, parsed in (("1", set()), ("2", {"a.py"})):
        bench.turn(bench.config.sweep_every)
        answer(bench, {"x": value})
        bench.turn()
        assert set(bench.jobs()) == parsed


def test_results_of_a_large_load_come_in_batches(tmp_path: Path) -> None:
    bench = Bench(tmp_path, processes=1)
    for i in range(80):
        bench.write(f"{i}.py")
    bench.turn()
    rounds = []
    while bench.jobs():
        bench.finish(next(iter(bench.jobs())))
        rounds.append(len(bench.turn(0.001).parsed))
    assert sum(rounds) == 80
    assert rounds.count(25) == 1
    assert rounds[-20:] == [1] * 20
    bench.loader.close()


def test_a_refused_question_counts_as_no_value(bench: Bench) -> None:
    bench.write("a.py")
    bench.turn()
    bench.finish("a.py", ("connection", "c"))
    bench.turn()
    for job, question in bench.asked:
        bench.loader.answer(job, Refused(seq=question.seq, code=404, text="no"))
    bench.turn(0.2)
    assert bench.parsed == ["a.py"]
