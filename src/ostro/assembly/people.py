"""Answers, in the terminal, what tasks ask people while a DAG is run by hand."""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

from ostro import commands
from ostro.clock import Clock
from ostro.commands import Wake
from ostro.errors import UserError
from ostro.store import Store, hitl, instances, runs
from ostro.store.views import rest_hitl
from ostro.store.views.filters import OneOf, Page


class People:
    """Looks for open questions, and puts them to whoever sits at the terminal."""

    def __init__(self, store: Store, clock: Clock, wake: Wake, out: TextIO) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake
        self._out = out

    def look(self) -> None:
        """Have open questions answered. Raises UserError when nobody can answer and none will end by itself."""
        with self._store.read() as tx:
            conditions = [OneOf("state", ("awaiting_input",)), OneOf("response_received", (0,))]
            open_, _ = rest_hitl.list_questions(tx, conditions, Page(limit=100, order_by=("id",)))
            rows = {r.id: r for r in instances.load_instances_by_id(tx, [q.ti for q in open_])}
            names = {r.id: r for r in runs.load_runs(tx, sorted({r.run for r in rows.values()}))}
        for question in open_:
            row = rows[question.ti]
            if sys.stdin is None or not sys.stdin.isatty():
                if row.due_at is None:
                    raise UserError(
                        f"task {row.task_id!r} asks a person ({question.subject!r}), and nobody is here to answer: run the"
                        " DAG with `ostro standalone` and answer over the REST API, or give the operator defaults and a"
                        " response_timeout"
                    )
                continue
            run = names[row.run]
            self._ask(question, run.dag_id, run.run_id, row.task_id, row.map_index)

    def _ask(self, question: hitl.Question, dag_id: str, run_id: str, task_id: str, map_index: int) -> None:
        print(f"  {task_id} asks: {question.subject}", file=self._out)
        if question.body:
            print(f"    {question.body}", file=self._out)
        while True:
            try:
                commands.answer_input(
                    self._store,
                    self._clock,
                    self._wake,
                    dag_id=dag_id,
                    run_id=run_id,
                    task_id=task_id,
                    map_index=map_index,
                    chosen_options=self._options(question),
                    params_input={name: self._value(name, p) for name, p in question.params.items()},
                    user_id="terminal",
                    user_name="terminal",
                )
            except UserError as error:
                print(f"    {error}", file=self._out)
            else:
                return

    def _options(self, question: hitl.Question) -> list[str]:
        many = ", several separated by commas" if question.multiple else ""
        said = self._read(f"    {' / '.join(question.options)}{many}: ")
        if not said and question.defaults:
            return question.defaults
        return [one.strip() for one in said.split(",")] if question.multiple else [said]

    def _value(self, name: str, param: dict[str, Any]) -> Any:
        said = self._read(f"    {name} [{json.dumps(param.get('value'))}]: ")
        if not said:
            return param.get("value")
        try:
            return json.loads(said)
        except ValueError:
            return said

    def _read(self, prompt: str) -> str:
        print(prompt, end="", file=self._out, flush=True)
        return sys.stdin.readline().strip()
