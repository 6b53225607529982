"""`dag.test()` and `dag.cli()`: a DAG file that was started by hand (`python my_dag.py`).

The package names `RUNNER` as its entry point `ostro.dag_runner`; `ostro.sdk.runner` finds it there.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ostro.cli import files
from ostro.errors import BadRequest
from ostro.settings import load_settings

if TYPE_CHECKING:
    from ostro.assembly.foreground import OneDag
    from ostro.sdk.dag import DAG
    from ostro.sdk.dagrun import DagRun

USAGE = """\
usage: python {file} test [LOGICAL_DATE]
       python {file} dags COMMAND [OPTIONS]
       python {file} tasks COMMAND [TASK] [OPTIONS]

`test` runs the DAG once in this terminal; the others are `ostro dags` and `ostro tasks` for the DAG {dag_id}.
"""
#: Commands that read DAG files: they look into the folder of this one.
READ_FILES = frozenset({("dags", "test"), ("tasks", "test")})


class ByHand:
    """What `ostro.sdk.runner.Runner` asks for."""

    @cached_property
    def _foreground(self) -> OneDag:
        from ostro.assembly.foreground import OneDag

        foreground = OneDag(load_settings(os.environ))
        atexit.register(foreground.close)
        return foreground

    def test(
        self,
        dag: DAG,
        *,
        logical_date: datetime | None = None,
        run_after: datetime | None = None,
        conf: dict[str, Any] | None = None,
        conn_file_path: str | None = None,
        variable_file_path: str | None = None,
        mark_success_pattern: str | None = None,
    ) -> DagRun:
        """One run of the DAG in this process; gives the finished run.

        Connections and Variables of the files (JSON, YAML or NAME=VALUE lines in *.env) come before all others; tasks
        and the programs that they start see them in the environment while the run goes on. Raises UserError.
        """
        given = {f"AIRFLOW_CONN_{name.upper()}": _connection(name, v) for name, v in _entries(conn_file_path)}
        given |= {f"AIRFLOW_VAR_{name.upper()}": _text(v) for name, v in _entries(variable_file_path)}
        with _environment(given):
            return self._foreground.run(
                dag,
                logical_date=logical_date,
                run_after=run_after,
                conf=conf,
                taken_as_done=mark_success_pattern,
            )

    def cli(self, dag: DAG, arguments: Sequence[str]) -> None:
        """The command line of one DAG. Ends the process with the command's exit status when it is not 0."""
        from ostro.cli.dates import moment
        from ostro.cli.main import main

        match list(arguments):
            case ["test", *when] if len(when) < 2:
                zone = load_settings(os.environ).core.default_timezone
                run = self.test(dag, logical_date=moment(when[0], zone) if when else datetime.now(UTC))
                status = int(run.state != "success")
            case ["dags" | "tasks" as group, verb, *rest] if not verb.startswith("-"):
                folder = str(Path(dag.fileloc).absolute().parent)
                where = ["--dags", folder] if (group, verb) in READ_FILES else []
                status = main([group, verb, dag.dag_id, *rest, *where])
            case other:
                asked = other in ([], ["-h"], ["--help"])
                usage = USAGE.format(file=Path(dag.fileloc).name, dag_id=dag.dag_id)
                print(usage, end="", file=sys.stdout if asked else sys.stderr)
                status = 0 if asked else 2
        if status:
            raise SystemExit(status)


def _entries(path: str | None) -> Iterator[tuple[str, Any]]:
    """Names and values in a file of Connections or Variables."""
    if path is None:
        return
    file = Path(path)
    if file.suffix != ".env":
        yield from files.read_json_object(file).items()
        return
    for number, line in enumerate(files.read(file).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise BadRequest(f"{path}, line {number}: NAME=VALUE is expected")
        yield name.strip(), value.strip()


def _connection(name: str, value: Any) -> str:
    if isinstance(value, list):
        if len(value) != 1:
            raise BadRequest(f"the connection {name!r} must be given once, not {len(value)} times")
        value = value[0]
    return _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@contextmanager
def _environment(given: dict[str, str]) -> Iterator[None]:
    """The environment with `given` in it, until the block ends."""
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


RUNNER = ByHand()
