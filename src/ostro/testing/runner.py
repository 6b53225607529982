"""`dag_runner`: runs DAGs for a test."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ostro import commands
from ostro.assembly.rehearsal import MovedClock
from ostro.clock import Clock, SystemClock
from ostro.errors import NotFound
from ostro.sdk.timezone import coerce_datetime, parse
from ostro.store import Pool, Variable, instances, runs, specs
from ostro.store.views import rest_import_errors, rest_runs
from ostro.store.views.filters import Page
from ostro.testing.given import connection_record, variable_text
from ostro.testing.result import RunResult
from ostro.testing.workshop import Workshop

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG

#: Seconds that a run may take.
TIMEOUT = 60.0
#: Runs and import errors looked at, at most.
ALL = 100_000


class DagRunner:
    """Runs DAGs to their end. Connections, Variables and runs last until the test ends."""

    def __init__(self, workshop: Workshop, *, in_process: bool = False) -> None:
        self._workshop = workshop
        self._in_process = in_process
        self._kept = ExitStack()
        self._variables: dict[str, Any] = {}
        self._connections: dict[str, Any] = {}
        self._used = False
        #: Everything that ran in this test, for the report when it fails.
        self.results: list[RunResult] = []

    def run(
        self,
        dag: str | DAG,
        *,
        conf: dict[str, Any] | None = None,
        logical_date: datetime | str | None = None,
        data_interval: tuple[datetime, datetime] | None = None,
        run_id: str | None = None,
        connections: Mapping[str, Any] | None = None,
        variables: Mapping[str, Any] | None = None,
        pools: Mapping[str, int] | None = None,
        at: datetime | str | None = None,
        skip_waits: bool = True,
        timeout: float = TIMEOUT,
        in_process: bool | None = None,
        mark_success_pattern: str | None = None,
    ) -> RunResult:
        """One run of a DAG to its end; gives what became of it, whatever its state is.

        `dag`: an id, found in the folder of the DAG files, or a DAG object, which runs in this process. `connections`: a
        URI, a mapping of parts or a Connection by id. `variables`: text, or values that become JSON, by key. `pools`:
        slots by name. `at`: what time it is when the run begins (naive: UTC). `skip_waits`: times in which nothing can
        happen pass at once (a retry's delay, a sensor that looks again later). `timeout`: real seconds.
        `in_process`: in the process of the test, where debuggers and patches reach it. `mark_success_pattern`: tasks
        whose id it matches succeed without being run (in this process only).
        Raises UserError, one sentence, when the DAG cannot be run; TookTooLong.
        """
        self.give(connections=connections, variables=variables, pools=pools)
        when = {"logical_date": _moment(logical_date), "data_interval": data_interval}
        here = self._in_process if in_process is None else in_process
        if not isinstance(dag, str) or here or mark_success_pattern is not None:
            result = self._run_here(
                dag,
                at=_moment(at),
                skips=skip_waits,
                conf=conf,
                run_id=run_id,
                pattern=mark_success_pattern,
                **when,
            )
        else:
            clock = MovedClock()
            clock.move_to(_moment(at))
            self._workshop.set_time(_moment(at), skips=skip_waits)
            result = self._run_there(dag, clock, timeout, conf=conf, run_id=run_id, **when)
        self.results.append(result)
        return result

    def give(
        self,
        *,
        connections: Mapping[str, Any] | None = None,
        variables: Mapping[str, Any] | None = None,
        pools: Mapping[str, int] | None = None,
    ) -> None:
        """Connections, Variables and pools for every run until the test ends, DAG files that read them included."""
        self._connections.update(connections or {})
        self._variables.update(variables or {})
        if not (connections or variables or pools):
            return
        self._used = True
        workshop, clock = self._workshop, SystemClock()
        with workshop.store.begin() as tx:
            for conn_id, value in (connections or {}).items():
                record = connection_record(conn_id, value)
                commands.set_connection_in(tx, clock, connection=record, cipher=workshop.cipher)
            for key, value in (variables or {}).items():
                variable = Variable(key=key, value=variable_text(value))
                commands.set_variable_in(tx, clock, variable=variable, cipher=workshop.cipher)
            for name, slots in (pools or {}).items():
                commands.set_pool_in(tx, pool=Pool(name=name, slots=slots))
        workshop.wake(dags=[""])

    def import_errors(self) -> dict[str, str]:
        """Sentences about DAG files that cannot be used, by path inside the folder."""
        self._workshop.settle(TIMEOUT)
        with self._workshop.store.read() as tx:
            rows, _ = rest_import_errors.list_import_errors(tx, (), Page(limit=ALL))
        found: dict[str, str] = {}
        for row in rows:
            found[row.path] = "; ".join(filter(None, [found.get(row.path), row.text]))
        return found

    def runs(self, dag_id: str) -> list[RunResult]:
        """All runs of a DAG in this test, oldest first: those that other DAGs triggered, too."""
        with self._workshop.store.read() as tx:
            found = runs.search(tx, dag_id)
            rows = instances.load_instances(tx, [r.id for r in found])
        return [
            RunResult(r, [row for row in rows if row.run == r.id], self._workshop.store, self._workshop.logs)
            for r in sorted(found, key=lambda r: r.id)
        ]

    def close(self) -> None:
        """Throw away what the test made."""
        self._kept.close()
        if not self._used:
            return
        store = self._workshop.store
        with store.begin() as tx:
            made, _ = rest_runs.list_runs(tx, (), Page(limit=ALL), total=False)
            left_running = runs.live_runs(tx)
            runs.delete_runs(tx, [r.id for r in made])
            commands.delete_variables_in(tx, keys=list(self._variables))
            commands.delete_connections_in(tx, conn_ids=list(self._connections))
        if left_running:
            # Its processes must not reach into the next test.
            self._workshop.close()
        else:
            self._workshop.wake(dags=["", *{r.dag_id for r in made}])

    # ---- the two ways --------------------------------------------------------------------------------------

    def _run_there(self, dag_id: str, clock: Clock, timeout: float, **about: Any) -> RunResult:
        workshop = self._workshop
        self._used = True
        workshop.settle(timeout)
        said = commands.ask_manual(
            workshop.store, clock, workshop.ask_timetable, dag_id=dag_id, logical_date=about["logical_date"]
        )
        if said is not None:
            about |= {
                "logical_date": said.logical_date,
                "data_interval": about["data_interval"] or said.data_interval,
                "own_run_id": said.run_id,
            }
        with workshop.store.begin() as tx:
            if specs.dag_summary(tx, dag_id) is None:
                raise NotFound(self._missing(tx, dag_id))
            run = commands.trigger_run_in(tx, clock, dag_id=dag_id, triggered_by="test", **about)
        workshop.wake([run.id], [dag_id])
        workshop.wait_run(run.id, timeout, lambda: self._result(run.id).report())
        return self._result(run.id)

    def _run_here(self, dag: str | DAG, *, at: datetime | None, skips: bool, **about: Any) -> RunResult:
        from ostro.testing.inline import run_inline

        if isinstance(dag, str):
            dag = self._load(dag)
        return self._kept.enter_context(
            run_inline(
                self._workshop.settings,
                dag,
                at=at,
                skips=skips,
                connections=self._connections,
                variables=self._variables,
                **about,
            )
        )

    def _load(self, dag_id: str) -> DAG:
        """The DAG object of an id, its file imported into this process."""
        from ostro.assembly import parts
        from ostro.protocol.task import FileRef
        from ostro.runtime import dagfile

        settings = self._workshop.settings
        self._workshop.settle(TIMEOUT)
        with self._workshop.store.read() as tx:
            found = specs.dag_summary(tx, dag_id)
            if found is None:
                raise NotFound(self._missing(tx, dag_id))
        file = FileRef(
            folder=str(settings.core.dags_folder), path=found["relative_fileloc"], dialect=settings.dialect
        )
        loaded = dagfile.load(file, parts.plugins_folder(settings), settings.parse_defaults())
        dag = loaded.dags[dag_id]
        dag.settle(loaded.dialect)
        return dag

    def _missing(self, tx: Any, dag_id: str) -> str:
        rows, _ = rest_import_errors.list_import_errors(tx, (), Page(limit=3))
        errors = "; ".join(f"{row.path}: {row.text}" for row in rows)
        hint = f" (files with errors: {errors})" if errors else ""
        return f"no file in {self._workshop.settings.core.dags_folder} holds a DAG {dag_id!r}{hint}"

    def _result(self, run: int) -> RunResult:
        with self._workshop.store.read() as tx:
            (record,) = runs.load_runs(tx, [run])
            rows = instances.load_instances(tx, [run])
        return RunResult(record, rows, self._workshop.store, self._workshop.logs)


def _moment(given: datetime | str | None) -> datetime | None:
    found = coerce_datetime(parse(given) if isinstance(given, str) else given)
    # Without what DAG authors' types (pendulum) add.
    return (
        None if found is None else datetime.combine(found.date(), found.time(), found.tzinfo).astimezone(UTC)
    )


__all__ = ["DagRunner"]
