"""One run of a DAG in the process of the test: the real scheduler, user code in the main thread."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ostro.assembly import foreground
from ostro.assembly.bench import scratch
from ostro.assembly.rehearsal import MovedClock
from ostro.protocol.parse import Parsed, ParsedDag
from ostro.protocol.task import FileRef
from ostro.runtime.moved_time import moved
from ostro.sdk import asking
from ostro.sdk.freeze import freeze
from ostro.settings import Settings
from ostro.spec import encode
from ostro.states import RUN_FINISHED
from ostro.testing.given import in_environment
from ostro.testing.result import RunResult

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG


@contextmanager
def run_inline(
    settings: Settings,
    dag: DAG,
    *,
    at: datetime | None,
    skips: bool,
    connections: Mapping[str, Any],
    variables: Mapping[str, Any],
    pattern: str | None = None,
    **about: Any,
) -> Iterator[RunResult]:
    """Run it to its end; what became of it can be read until the block ends."""
    fileloc = Path(dag.fileloc).absolute()
    file = FileRef(folder=str(fileloc.parent), path=fileloc.name)
    spec = freeze(dag, file.path, defaults=settings.parse_defaults())
    parsed = Parsed(job=0, dags=[ParsedDag(dag_id=dag.dag_id, spec=encode(spec))])
    clock = MovedClock()
    clock.move_to(at)
    with scratch(settings, file, parsed, {dag.dag_id: dag}, clock=clock, skips=skips) as bench:
        bench.taken_as_done = None if pattern is None else re.compile(pattern)
        bench.around_order = lambda: moved(clock.moved())
        with in_environment(connections, variables):
            run = foreground.trigger(bench, dag.dag_id, **about)
            before = asking.use(None)
            try:
                bench.drive(lambda: bench.run_of(run.id).state in RUN_FINISHED, sys.stdout)
            finally:
                asking.use(before)
        yield RunResult(bench.run_of(run.id), bench.rows(run.id), bench.store, bench.logs)
