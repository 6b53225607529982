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
from ostro.protocol.calendar import AskBetween, AskManual, AskNext, Failed, Moments, Told
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

    def ask(self, file: FileRef, *questions: Any) -> list[Told | Failed]:
        answers: dict[int, Told | Failed] = {}
        for number, question in enumerate(questions):
            self.calendar.ask(file, question, self._keep(answers, number))

        def done() -> bool:
            self.calendar.pump()
            return len(answers) == len(questions)

        wait_for(done, seconds=20, every=0.005)
        return [answers[i] for i in range(len(questions))]

    @staticmethod
    def _keep(answers: dict[int, Told | Failed], number: int) -> Callable[[Told | Failed], None]:
        def keep(answer: Told | Failed) -> None:
            answers[number] = answer

        return keep


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    made = Asker(tmp_path)
    yield made
    made.calendar.close()


def runs(answer: Told | Failed) -> list[Moments]:
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
