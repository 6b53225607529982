"""Timetables of DAG authors, asked in processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from ostro.clock import SystemClock
from ostro.loader import Bundle, ForkSpawner, LoaderConfig
from ostro.loader.calendar import Calendar
from ostro.protocol.calendar import (
    Arrivals,
    AskBetween,
    AskKeys,
    AskManual,
    AskNext,
    AskRollups,
    Failed,
    KeyOf,
    KeysFound,
    Moments,
    Rollup,
    Telling,
    Told,
    ToldKeys,
    ToldRollups,
)
from ostro.protocol.parse import ParseOrder
from ostro.protocol.task import FileRef
from ostro.spec import decode
from support.deadline import wait_for

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)

WORKDAYS = '''
    from datetime import timedelta
    from airflow import DAG
    from airflow.operators.empty import EmptyOperator
    from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
    from pendulum import UTC, DateTime, Time

    class Workdays(Timetable):
        """As Airflow's documentation writes it."""
        description = "on workdays"

        def __init__(self, skip: int = 0):
            self.skip = skip

        def serialize(self):
            return {"skip": self.skip}

        @classmethod
        def deserialize(cls, data):
            return cls(data["skip"])

        @property
        def summary(self):
            return "workdays"

        def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
            start = run_after.subtract(days=1).set(hour=0, minute=0, second=0, microsecond=0)
            return DataInterval(start=start, end=start.add(days=1))

        def next_dagrun_info(self, *, last_automated_data_interval, restriction: TimeRestriction):
            if last_automated_data_interval is not None:
                start = last_automated_data_interval.start.add(days=1)
            elif restriction.earliest is None:
                return None
            else:
                start = DateTime.combine(restriction.earliest, Time.min).replace(tzinfo=UTC)
            while start.weekday() in (5, 6):
                start = start.add(days=1)
            if restriction.latest is not None and start > restriction.latest:
                return None
            return DagRunInfo.interval(start=start, end=start.add(days=1))

    with DAG("d", schedule=Workdays(1), start_date=DateTime(2026, 1, 1, tzinfo=UTC)):
        EmptyOperator(task_id="t")
'''


class Asker:
    """A calendar and what it answered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = LoaderConfig(bundles=(Bundle(folder=str(folder)),), time_limit=10.0)
        self.calendar = Calendar(self.config, ForkSpawner(), SystemClock(), time_limit=0.5)

    def file(self, text: str, name: str = "one.py", fingerprint: str = "1") -> FileRef:
        (self.folder / name).write_text(dedent(text))
        return FileRef(folder=str(self.folder), path=name, fingerprint=fingerprint)

    def timetable(self, file: FileRef, dag_id: str = "d") -> dict[str, Any]:
        """As a parse stores it."""
        import subprocess
        import sys

        code = (
            "import sys, msgspec; from ostro.protocol.parse import ParseOrder; from ostro.runtime.parse import parse;"
            "p = parse(msgspec.json.decode(sys.argv[1], type=ParseOrder));"
            "assert not p.errors, p.errors;"
            "sys.stdout.buffer.write(next(d.spec for d in p.dags if d.dag_id == sys.argv[2]))"
        )
        import msgspec

        order = msgspec.json.encode(ParseOrder(job=1, file=file)).decode()
        done = subprocess.run([sys.executable, "-c", code, order, dag_id], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return decode(done.stdout).timetable

    def ask(self, file: FileRef, *questions: Any) -> list[Telling]:
        answers: dict[int, Telling] = {}
        for number, question in enumerate(questions):
            self.calendar.ask(file, question, self._keep(answers, number))

        def done() -> bool:
            self.calendar.pump()
            return len(answers) == len(questions)

        wait_for(done, seconds=20, every=0.005)
        return [answers[i] for i in range(len(questions))]

    @staticmethod
    def _keep(answers: dict[int, Telling], number: int) -> Callable[[Telling], None]:
        def keep(answer: Telling) -> None:
            answers[number] = answer

        return keep


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    made = Asker(tmp_path)
    yield made
    made.calendar.close()


def runs(answer: Telling) -> list[Moments]:
    assert isinstance(answer, Told), answer
    return answer.runs


def test_a_timetable_as_the_documentation_writes_it(asker: Asker) -> None:
    file = asker.file(WORKDAYS)
    timetable = asker.timetable(file)
    assert (timetable["type"], timetable["classpath"], timetable["data"]) == (
        "custom",
        "dagfile.Workdays",
        {"skip": 1},
    )
    friday = datetime(2026, 3, 6, tzinfo=UTC)
    (first, next_, manual, between) = asker.ask(
        file,
        AskNext(dag_id="d", timetable=timetable, now=NOW, earliest=friday, catchup=True),
        AskNext(
            dag_id="d",
            timetable=timetable,
            now=NOW,
            last=Moments(run_after=friday + DAY, start=friday, end=friday + DAY),
        ),
        AskManual(dag_id="d", timetable=timetable, now=NOW, run_after=NOW, logical_date=NOW),
        AskBetween(
            dag_id="d",
            timetable=timetable,
            now=NOW,
            earliest=friday - 7 * DAY,
            latest=NOW + 5 * DAY,
        ),
    )
    assert runs(first) == [Moments(run_after=friday + DAY, start=friday, end=friday + DAY)]
    assert runs(next_)[0].start == friday + 3 * DAY
    assert (runs(manual)[0].start, runs(manual)[0].end) == (
        datetime(2026, 3, 3, tzinfo=UTC),
        datetime(2026, 3, 4, tzinfo=UTC),
    )
    # Friday, Monday and Tuesday; Wednesday is not over.
    assert [m.start.day for m in runs(between) if m.start] == [27, 2, 3]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("run_type, run_after, data_interval, **extra", "scheduled@2026-03-06T00:00:00+00:00"),
        ("run_type, logical_date, data_interval, **extra", "scheduled@2026-03-05T00:00:00+00:00"),
    ],
)
def test_a_run_id_of_its_own_in_both_dialects(asker: Asker, method: str, expected: str) -> None:
    moment = "run_after" if "run_after" in method else "logical_date"
    text = WORKDAYS.replace(
        "        @property",
        f"        def generate_run_id(self, *, {method}):\n            return f'{{run_type.value}}@{{{moment}.isoformat()}}'\n\n        @property",
    )
    file = asker.file(text)
    question = AskNext(
        dag_id="d", timetable=asker.timetable(file), now=NOW, earliest=datetime(2026, 3, 5, tzinfo=UTC)
    )
    (answer,) = asker.ask(file, question)
    assert runs(answer)[0].run_id == expected


def test_a_class_inside_a_function_is_asked_as_the_file_made_it(asker: Asker) -> None:
    text = dedent(WORKDAYS)
    head, _, body = text.partition("class Workdays")
    made, _, rest = body.partition("\nwith DAG")
    inner = "def make():\n    class Workdays" + made.replace("\n", "\n    ") + "\n    return Workdays\n"
    file = asker.file(head + inner + "\nwith DAG" + rest.replace("Workdays(1)", "make()(1)"))
    question = AskNext(dag_id="d", timetable=asker.timetable(file), now=NOW, earliest=NOW)
    (answer,) = asker.ask(file, question)
    assert runs(answer)


BROKEN = """
    import os, time
    from datetime import datetime, timezone
    from airflow.sdk import DAG
    from airflow.timetables.base import Timetable

    class Broken(Timetable):
        def next_dagrun_info(self, *, last_automated_data_interval, restriction):
            day = restriction.earliest.day
            if day == 1:
                raise ValueError("no day")
            if day == 2:
                time.sleep(1000)
            if day == 3:
                os._exit(3)
            if day == 4:
                return "tomorrow"
            return None

    dag = DAG("d", schedule=Broken(), start_date=datetime(2026, 1, 1, tzinfo=timezone.utc))
"""


def test_what_goes_wrong_is_said_and_the_others_are_answered(asker: Asker) -> None:
    file = asker.file(BROKEN)
    timetable = asker.timetable(file)
    answers = asker.ask(
        file,
        *(
            AskNext(dag_id="d", timetable=timetable, now=NOW, earliest=datetime(2026, 1, day, tzinfo=UTC))
            for day in (1, 2, 3, 4, 5)
        ),
    )
    assert [a.text if isinstance(a, Failed) else a.runs for a in answers] == [
        "ValueError: no day",
        "the timetable gave no answer within 0.5 seconds",
        "the timetable, or the import of its file, ended its process",
        "TypeError: next_dagrun_info gave 'tomorrow' instead of a DagRunInfo",
        [],
    ]
    assert isinstance(answers[0], Failed)
    assert "one.py" in answers[0].traceback


def test_a_changed_file_gets_a_new_process(asker: Asker) -> None:
    file = asker.file(WORKDAYS)
    timetable = asker.timetable(file)
    question = AskNext(dag_id="d", timetable=timetable, now=NOW, earliest=NOW, catchup=True)
    (before,) = asker.ask(file, question)
    changed = asker.file(WORKDAYS.replace("Time.min)", "Time(5))"), fingerprint="2")
    (after,) = asker.ask(changed, question)
    assert runs(after)[0].run_after - runs(before)[0].run_after == timedelta(hours=5)


def test_a_file_that_cannot_be_imported(asker: Asker) -> None:
    file = asker.file(WORKDAYS)
    timetable = asker.timetable(file)
    broken = asker.file("import nothing_of_this_name", fingerprint="2")
    (answer,) = asker.ask(broken, AskNext(dag_id="d", timetable=timetable, now=NOW))
    assert isinstance(answer, Failed)
    assert (
        answer.text
        == "the file cannot be imported: ModuleNotFoundError: No module named 'nothing_of_this_name'"
    )


def test_a_class_that_extends_a_known_one_without_serialize_that_fits(asker: Asker) -> None:
    text = """
        from datetime import datetime, timezone
        from airflow.sdk import DAG
        from airflow.timetables.interval import CronDataIntervalTimetable

        class Late(CronDataIntervalTimetable):
            def __init__(self, *, hours):
                super().__init__("@daily", timezone="UTC")
                self.hours = hours

            def next_dagrun_info(self, *, last_automated_data_interval, restriction):
                info = super().next_dagrun_info(
                    last_automated_data_interval=last_automated_data_interval, restriction=restriction
                )
                assert self._get_prev(self._get_next(info.run_after)) == self._align_to_next(info.run_after)
                return info._replace(run_after=info.run_after.replace(hour=self.hours))

        dag = DAG("d", schedule=Late(hours=7), start_date=datetime(2026, 1, 1, tzinfo=timezone.utc))
        """
    file = asker.file(text)
    question = AskNext(dag_id="d", timetable=asker.timetable(file), now=NOW, earliest=NOW - DAY, catchup=True)
    (answer,) = asker.ask(file, question)
    assert runs(answer)[0].run_after == datetime(2026, 3, 5, 7, tzinfo=UTC)


MAPPERS = """
    import os, time
    from datetime import timezone
    from airflow.partition_mappers.base import PartitionMapper
    from airflow.partition_mappers.window import Window
    from airflow.partition_mappers.wait_policy import WaitPolicy
    from airflow.sdk import DAG, Asset, ChainMapper, IdentityMapper, PartitionedAssetTimetable, RollupMapper
    import pendulum

    class Prefix(PartitionMapper):
        def __init__(self, prefix):
            super().__init__()
            self.prefix = prefix

        def to_downstream(self, key):
            if key == "bad":
                raise ValueError("no such key")
            if key == "slow":
                time.sleep(1000)
            if key == "end":
                os._exit(3)
            return [key.removeprefix(self.prefix), "all"] if key.startswith(self.prefix) else key

        def to_partition_date(self, key):
            return pendulum.datetime(2026, 1, 1, tz="Europe/Berlin") if key == "all" else None

        def carry_partition_date(self, date):
            return date

        def serialize(self):
            return {"prefix": self.prefix}

    class Halves(Window):
        def to_upstream(self, day):
            if day == "bad":
                raise LookupError("no such day")
            return [f"{day}/1", f"{day}/2", f"{day}/3"]

    class Most(WaitPolicy):
        def is_satisfied(self, matched, expected):
            return matched * 2 > expected

        def is_unreachable(self, expected):
            return False

    rollup = RollupMapper(upstream_mapper=Prefix("x"), window=Halves(), wait_policy=Most())
    with DAG("d", schedule=PartitionedAssetTimetable([Asset("a"), Asset("b")], {Asset("a"): Prefix("eu::")}, rollup)):
        pass
"""


def test_mappers_windows_and_wait_policies_of_an_author(asker: Asker) -> None:
    file = asker.file(MAPPERS)
    timetable = asker.timetable(file)
    ((_, mapper),) = timetable["partition_mapper_config"]
    rollup = timetable["default_partition_mapper"]
    assert mapper == {"type": "custom", "classpath": "dagfile.Prefix", "data": {"prefix": "eu::"}}
    (keys, complete) = asker.ask(
        file,
        AskKeys(
            dag_id="d",
            timetable=mapper,
            now=NOW,
            items=[KeyOf(key="eu::sales"), KeyOf(key="bad"), KeyOf(key="plain", date=NOW)],
        ),
        AskRollups(
            dag_id="d",
            timetable=rollup,
            now=NOW,
            items=[
                Arrivals(key="day", arrived=["day/1"]),
                Arrivals(key="day", arrived=["day/1", "day/3", "other"]),
                Arrivals(key="bad", arrived=["x"]),
            ],
        ),
    )
    assert isinstance(keys, ToldKeys) and isinstance(complete, ToldRollups)
    assert keys.found == [
        KeysFound(keys=[("sales", None), ("all", datetime(2025, 12, 31, 23, tzinfo=UTC))]),
        KeysFound(error="ValueError: no such key"),
        KeysFound(keys=[("plain", NOW)]),
    ]
    assert complete.found == [Rollup(), Rollup(satisfied=True), Rollup(error="LookupError: no such day")]


def test_a_mapper_that_hangs_or_ends_its_process_harms_no_other_question(asker: Asker) -> None:
    file = asker.file(MAPPERS)
    ((_, mapper),) = asker.timetable(file)["partition_mapper_config"]
    answers = asker.ask(
        file,
        *(
            AskKeys(dag_id="d", timetable=mapper, now=NOW, items=[KeyOf(key=key)])
            # The first answer of a process may also take as long as the import of its file.
            for key in ("fine", "slow", "end", "fine")
        ),
    )
    assert [a.text for a in answers if isinstance(a, Failed)] == [
        "the partition mapper gave no answer within 0.5 seconds",
        "the partition mapper, or the import of its file, ended its process",
    ]
    assert answers[0] == answers[3] == ToldKeys(seq=0, found=[KeysFound(keys=[("fine", None)])])


def test_a_question_that_the_socket_has_no_room_for_is_asked_in_parts(asker: Asker) -> None:
    file = asker.file(MAPPERS)
    ((_, mapper),) = asker.timetable(file)["partition_mapper_config"]
    many = [KeyOf(key=f"{i:0>200}") for i in range(20_000)]
    (answer,) = asker.ask(file, AskKeys(dag_id="d", timetable=mapper, now=NOW, items=many))
    assert isinstance(answer, ToldKeys)
    assert [found.keys[0][0] for found in answer.found] == [item.key for item in many]


def test_a_mapper_without_serialize_that_fits_is_the_one_of_the_file(asker: Asker) -> None:
    text = MAPPERS.replace('return {"prefix": self.prefix}', "return {}")
    file = asker.file(text)
    ((_, mapper),) = asker.timetable(file)["partition_mapper_config"]
    (answer,) = asker.ask(file, AskKeys(dag_id="d", timetable=mapper, now=NOW, items=[KeyOf(key="eu::k")]))
    assert isinstance(answer, ToldKeys) and answer.found[0].keys[0] == ("k", None)
