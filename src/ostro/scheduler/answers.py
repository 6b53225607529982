"""Answers to the questions that processes with user code ask: XComs, variables, connections, other runs.

A question of an attempt that is not current any more is refused with 410, so that a superseded process ends.
Questions of processes that parse files, run callbacks or run triggers carry no attempt id. What is a running task's own
(writing XComs and what it keeps, its rendered fields) is refused to them; the rest is answered as it is to a task, since
callbacks and DAG files set variables, pause, trigger and clear.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from ostro import commands, store
from ostro.clock import Clock
from ostro.commands.ask_timetable import ByTimetable
from ostro.commands.subject import current_spec
from ostro.errors import (
    AlreadyExists,
    NotAllowed,
    NotFound,
    OstroError,
    StoreFull,
    StoreUnavailable,
    UserError,
)
from ostro.executors.base import Asked
from ostro.protocol import task as p
from ostro.rules.instance import Instance
from ostro.scheduler import asset_words, callbacks
from ostro.scheduler.blame import say
from ostro.scheduler.calendar import Broken
from ostro.scheduler.live import Live, LiveRun, run_info
from ostro.scheduler.round import Round

_BUILTINS = msgspec.to_builtins


class Answers:
    """Carries questions out, inside the transaction of the round."""

    def __init__(
        self, live: Live, clock: Clock, cipher: store.Cipher, on_variable: Callable[[str], None]
    ) -> None:
        self.live = live
        self.clock = clock
        self.cipher = cipher
        #: Told when a variable changed: DAG files that read it are parsed again.
        self.on_variable = on_variable
        #: The instance whose current attempt this is.
        self.find: Callable[[Round, str], tuple[LiveRun, Instance] | None] = lambda _round, attempt_id: (
            live.find_attempt(attempt_id)
        )
        #: What the timetable of an author said of a run that a task starts; set by the loop.
        self.said: Callable[[p.TriggerRun], ByTimetable | Broken | None] = lambda _question: None
        #: Runs and DAGs that a question changed; the loop reads them again after the commit.
        self.changed_runs: list[int] = []
        self.changed_dags: list[str] = []
        self._handlers: dict[type, Callable[[Round, Any], p.Answer]] = {
            p.GetXCom: self._get_xcom,
            p.GetXComs: self._get_xcoms,
            p.CountXComs: self._count_xcoms,
            p.SetXCom: self._set_xcom,
            p.DeleteXCom: self._delete_xcom,
            p.GetVariable: self._get_variable,
            p.SetVariable: self._set_variable,
            p.DeleteVariable: self._delete_variable,
            p.ListVariables: self._list_variables,
            p.GetConnection: self._get_connection,
            p.ListConnections: self._list_connections,
            p.SetConnection: self._set_connection,
            p.DeleteConnection: self._delete_connection,
            p.ListPools: self._list_pools,
            p.FindDags: self._find_dags,
            p.FindXComs: self._find_xcoms,
            p.GetRun: self._get_run,
            p.FindRuns: self._find_runs,
            p.CountRuns: self._count_runs,
            p.FindTaskInstances: self._find_instances,
            p.FindTries: self._find_tries,
            p.FindLog: self._find_log,
            p.FindAssets: self._find_assets,
            p.GetDag: self._get_dag,
            p.TriggerRun: self._trigger,
            p.ClearRun: self._clear_run,
            p.PauseDag: self._pause,
            p.GetAssetEvents: asset_words.get_events,
            p.GetConsumedEvents: asset_words.get_consumed,
            p.GetAssets: asset_words.get_assets,
            p.GetState: self._get_state,
            p.SetState: self._set_state,
            p.DeleteState: self._delete_state,
            p.Rendered: self._rendered,
            p.CallbacksRan: self._callbacks_ran,
        }

    def learn(self, kind: type, handler: Callable[[Round, Any], p.Answer]) -> None:
        """Another part of the scheduler answers questions of this kind."""
        self._handlers[kind] = handler

    def forget_changes(self) -> None:
        """The changes were taken over, or did not happen."""
        self.changed_runs.clear()
        self.changed_dags.clear()

    def absorb(self, round_: Round, event: Asked) -> None:
        """Answer one question; the answer leaves after the commit."""
        question = event.question
        answer: p.Answer
        if question.attempt_id and self.find(round_, question.attempt_id) is None and not _harmless(question):
            text = "this attempt is not the current one of its task instance"
            answer = p.Refused(seq=question.seq, code=410, text=text)
        else:
            answer = self.carry_out(round_, question)
        round_.answers.append((event.place_id, answer))

    def carry_out(self, round_: Round, question: Any) -> p.Answer:
        """Do what a question asks; refusals are answers."""
        try:
            with round_.tx.begin_nested():
                return self._handlers[type(question)](round_, question)
        except AlreadyExists as error:
            return p.Refused(seq=question.seq, code=409, text=str(error))
        except NotFound as error:
            return p.Refused(seq=question.seq, code=404, text=str(error))
        except NotAllowed as error:
            return p.Refused(seq=question.seq, code=403, text=str(error))
        except UserError as error:
            return p.Refused(seq=question.seq, code=422, text=str(error))
        except (StoreUnavailable, StoreFull):
            raise
        except OstroError as error:
            return p.Refused(seq=question.seq, code=422, text=str(error))
        except Exception as error:  # what user code asks must not end the engine
            text = f"the engine could not answer {type(question).__name__}: {say(error)}"
            return p.Refused(seq=question.seq, code=500, text=text)

    # -- xcoms

    def _get_xcom(self, round_: Round, q: p.GetXCom) -> p.Answer:
        value = store.xcoms.get_one(
            round_.tx,
            q.dag_id,
            q.run_id,
            q.task_id,
            q.key,
            q.map_index,
            include_prior_dates=q.include_prior_dates,
        )
        return p.Value(seq=q.seq, found=value is not None, data=value)

    def _get_xcoms(self, round_: Round, q: p.GetXComs) -> p.Answer:
        rows = store.xcoms.get_many(
            round_.tx,
            q.dag_id,
            q.run_id,
            q.task_id,
            q.key,
            start=q.start,
            stop=q.stop,
            include_prior_dates=q.include_prior_dates,
            newest=q.newest,
        )
        return p.Value(seq=q.seq, data=rows)

    def _count_xcoms(self, round_: Round, q: p.CountXComs) -> p.Answer:
        return p.Value(seq=q.seq, data=store.xcoms.count(round_.tx, q.dag_id, q.run_id, q.task_id, q.key))

    def _set_xcom(self, round_: Round, q: p.SetXCom) -> p.Answer:
        found = self.find(round_, q.attempt_id)
        if found is None:
            return p.Refused(seq=q.seq, code=410, text="only a running task writes XComs")
        run, _ = found
        target = run.run.id
        if (q.dag_id, q.run_id) != (run.run.dag_id, run.run.run_id):
            other = store.runs.find_run(round_.tx, q.dag_id, q.run_id)
            if other is None:
                return p.Refused(
                    seq=q.seq, code=404, text=f"there is no run {q.run_id!r} of DAG {q.dag_id!r}"
                )
            target = other.id
        store.xcoms.put(round_.tx, target, [q.row], round_.now)
        if q.row.length is not None and target == run.run.id:
            run.board.note_length(q.row.task_id, q.row.key, q.row.map_index, q.row.length)
            round_.touched.add(target)
        return p.Done(seq=q.seq)

    def _delete_xcom(self, round_: Round, q: p.DeleteXCom) -> p.Answer:
        store.xcoms.delete(round_.tx, q.dag_id, q.run_id, q.task_id, q.key, q.map_index, is_purged=True)
        return p.Done(seq=q.seq)

    # -- variables and connections

    def _get_variable(self, round_: Round, q: p.GetVariable) -> p.Answer:
        value = store.variables.get_value(round_.tx, q.key, self.cipher)
        return p.Value(seq=q.seq, found=value is not None, data=value)

    def _set_variable(self, round_: Round, q: p.SetVariable) -> p.Answer:
        store.variables.set_value(
            round_.tx, q.key, q.value, self.cipher, description=q.description, now=round_.now
        )
        self.on_variable(q.key)
        return p.Done(seq=q.seq)

    def _delete_variable(self, round_: Round, q: p.DeleteVariable) -> p.Answer:
        gone = store.variables.delete(round_.tx, [q.key]) > 0
        self.on_variable(q.key)
        return p.Value(seq=q.seq, data=gone)

    def _list_variables(self, round_: Round, q: p.ListVariables) -> p.Answer:
        return p.Value(seq=q.seq, data=store.variables.keys(round_.tx, prefix=q.prefix))

    def _get_connection(self, round_: Round, q: p.GetConnection) -> p.Answer:
        found = store.connections.get(round_.tx, q.conn_id, self.cipher)
        data = None if found is None else _BUILTINS(found)
        return p.Value(seq=q.seq, found=found is not None, data=data)

    def _list_connections(self, round_: Round, q: p.ListConnections) -> p.Answer:
        return p.Value(seq=q.seq, data=store.connections.ids(round_.tx))

    def _set_connection(self, round_: Round, q: p.SetConnection) -> p.Answer:
        try:
            connection = msgspec.convert(q.fields, store.ConnectionRecord)
        except msgspec.ValidationError as error:
            return p.Refused(seq=q.seq, code=422, text=f"the connection cannot be stored: {error}")
        commands.set_connection_in(round_.tx, self.clock, connection=connection, cipher=self.cipher)
        return p.Done(seq=q.seq)

    def _delete_connection(self, round_: Round, q: p.DeleteConnection) -> p.Answer:
        return p.Value(seq=q.seq, data=store.connections.delete(round_.tx, [q.conn_id]) > 0)

    def _list_pools(self, round_: Round, q: p.ListPools) -> p.Answer:
        found = [{**_BUILTINS(u), **_BUILTINS(u.pool)} for u in store.pools.list_used(round_.tx)]
        return p.Value(seq=q.seq, data=[{k: v for k, v in one.items() if k != "pool"} for one in found])

    # -- other runs

    def _find_dags(self, round_: Round, q: p.FindDags) -> p.Answer:
        return p.Value(seq=q.seq, data=store.specs.dag_summaries(round_.tx, q.dag_ids, limit=q.limit))

    def _find_xcoms(self, round_: Round, q: p.FindXComs) -> p.Answer:
        rows = store.xcoms.search(
            round_.tx,
            q.dag_id,
            run_ids=q.run_ids,
            task_ids=q.task_ids,
            keys=q.keys,
            values=q.values,
            limit=q.limit,
        )
        return p.Value(seq=q.seq, data=rows)

    def _get_run(self, round_: Round, q: p.GetRun) -> p.Answer:
        run = store.runs.find_run(round_.tx, q.dag_id, q.run_id)
        data = None if run is None else _BUILTINS(run_info(run), builtin_types=(datetime,))
        return p.Value(seq=q.seq, found=run is not None, data=data)

    def _find_runs(self, round_: Round, q: p.FindRuns) -> p.Answer:
        runs = store.runs.search(
            round_.tx,
            q.dag_id,
            run_ids=q.run_ids,
            states=q.states,
            run_types=q.run_types,
            logical_dates=q.logical_dates,
            logical_date_from=q.logical_date_from,
            logical_date_until=q.logical_date_until,
            before=q.before,
            limit=q.limit,
        )
        return p.Value(seq=q.seq, data=[_BUILTINS(run_info(r), builtin_types=(datetime,)) for r in runs])

    def _count_runs(self, round_: Round, q: p.CountRuns) -> p.Answer:
        count = store.runs.count(
            round_.tx, q.dag_id, run_ids=q.run_ids, states=q.states, logical_dates=q.logical_dates
        )
        return p.Value(seq=q.seq, data=count)

    def _find_instances(self, round_: Round, q: p.FindTaskInstances) -> p.Answer:
        rows = store.instances.search(
            round_.tx,
            q.dag_id,
            task_ids=q.task_ids,
            group_id=q.group_id,
            run_ids=q.run_ids,
            states=q.states,
            map_index=q.map_index,
            logical_dates=q.logical_dates,
            limit=q.limit,
        )
        return p.Value(seq=q.seq, data=rows)

    def _find_tries(self, round_: Round, q: p.FindTries) -> p.Answer:
        return p.Value(seq=q.seq, data=store.rows.find_tries(round_.tx, **_filters(q)))

    def _find_log(self, round_: Round, q: p.FindLog) -> p.Answer:
        return p.Value(seq=q.seq, data=store.rows.find_log(round_.tx, **_filters(q)))

    def _find_assets(self, round_: Round, q: p.FindAssets) -> p.Answer:
        return p.Value(seq=q.seq, data=store.rows.find_assets(round_.tx, **_filters(q)))

    def _get_dag(self, round_: Round, q: p.GetDag) -> p.Answer:
        data = store.specs.dag_summary(round_.tx, q.dag_id)
        if data is not None and q.with_tasks:
            _, spec = current_spec(round_.tx, q.dag_id)
            data["task_ids"] = [task.task_id for task in spec.tasks]
            data["group_ids"] = [group.group_id for group in spec.groups if group.group_id]
        return p.Value(seq=q.seq, found=data is not None, data=data)

    def _trigger(self, round_: Round, q: p.TriggerRun) -> p.Answer:
        said = self.said(q)
        if isinstance(said, Broken):
            raise UserError(f"the timetable of DAG {q.dag_id!r} failed: {said.text}")
        run = commands.trigger_run_in(
            round_.tx,
            self.clock,
            dag_id=q.dag_id,
            run_id=q.run_id,
            own_run_id=None if said is None else said.run_id,
            logical_date=q.logical_date if said is None else said.logical_date,
            data_interval=None if said is None else said.data_interval,
            run_after=q.run_after,
            conf=q.conf,
            note=q.note,
            triggered_by="operator",
            reset_if_exists=q.reset_if_exists,
        )
        self.changed_runs.append(run.id)
        asking = self.find(round_, q.attempt_id) if q.attempt_id else None
        if asking is not None:  # a callback or a DAG file may trigger, too
            parent, instance = asking
            store.run_triggers.put(
                round_.tx, run.id, parent.run.id, instance.task_id, instance.map_index, round_.now
            )
        return p.Value(seq=q.seq, data={"run_id": run.run_id})

    def _clear_run(self, round_: Round, q: p.ClearRun) -> p.Answer:
        self.changed_runs.extend(
            commands.clear_run_in(round_.tx, self.clock, dag_id=q.dag_id, run_id=q.run_id)
        )
        return p.Done(seq=q.seq)

    def _pause(self, round_: Round, q: p.PauseDag) -> p.Answer:
        commands.pause_dag_in(round_.tx, dag_id=q.dag_id, paused=q.paused)
        self.changed_dags.append(q.dag_id)
        return p.Done(seq=q.seq)

    # -- what tasks and assets keep

    def _get_state(self, round_: Round, q: p.GetState) -> p.Answer:
        tx = round_.tx
        found: store.state_stores.AssetState | store.state_stores.TaskState | None = None
        if q.asset is not None:
            found = store.state_stores.asset_get(tx, *_asset(tx, q.asset), q.key)
        else:
            run = store.runs.find_run(tx, q.dag_id, q.run_id)
            if run is not None:
                found = store.state_stores.task_get(tx, run.id, q.task_id, q.map_index, q.key, round_.now)
        return p.Value(seq=q.seq, found=found is not None, data=None if found is None else found.value)

    def _set_state(self, round_: Round, q: p.SetState) -> p.Answer:
        if q.watcher and q.asset is not None and not q.attempt_id:
            watched = store.state_stores.AssetState(
                key=q.key, value=q.value, updated_at=round_.now, writer="watcher"
            )
            store.state_stores.asset_put(round_.tx, *_asset(round_.tx, q.asset), watched)
            return p.Done(seq=q.seq)
        found = self.find(round_, q.attempt_id)
        if found is None:
            return p.Refused(seq=q.seq, code=410, text="only a running task keeps state")
        run, i = found
        if q.asset is not None:
            state = store.state_stores.AssetState(
                key=q.key,
                value=q.value,
                updated_at=round_.now,
                writer="task",
                dag_id=run.run.dag_id,
                run_id=run.run.run_id,
                task_id=i.task_id,
                map_index=i.map_index,
            )
            store.state_stores.asset_put(round_.tx, *_asset(round_.tx, q.asset), state)
        else:
            store.state_stores.task_put(
                round_.tx,
                run.run.id,
                i.task_id,
                i.map_index,
                q.key,
                q.value,
                expires_at=q.expires_at,
                now=round_.now,
            )
        return p.Done(seq=q.seq)

    def _delete_state(self, round_: Round, q: p.DeleteState) -> p.Answer:
        if q.watcher and q.asset is not None and not q.attempt_id:
            store.state_stores.asset_delete(round_.tx, *_asset(round_.tx, q.asset), key=q.key)
            return p.Done(seq=q.seq)
        found = self.find(round_, q.attempt_id)
        if found is None:
            return p.Refused(seq=q.seq, code=410, text="only a running task keeps state")
        run, i = found
        if q.asset is not None:
            store.state_stores.asset_delete(round_.tx, *_asset(round_.tx, q.asset), key=q.key)
        else:
            index = None if q.all_map_indices else i.map_index
            store.state_stores.task_delete(round_.tx, run.run.id, i.task_id, index, key=q.key)
        return p.Done(seq=q.seq)

    # -- the attempt itself

    def _rendered(self, round_: Round, q: p.Rendered) -> p.Answer:
        found = self.find(round_, q.attempt_id)
        if found is not None:
            store.rendered.put(round_.tx, found[1].id, q.fields)
        return p.Done(seq=q.seq)

    def _callbacks_ran(self, round_: Round, q: p.CallbacksRan) -> p.Answer:
        store.outbox.finish(round_.tx, q.callback_ids, error=q.error, now=round_.now)
        # Those of the run's end may have waited for them, and the next try for those of the last.
        round_.callbacks_wait = True
        self.live.callbacks_ran(q.attempt_id, *map(callbacks.claim_name, q.callback_ids))
        return p.Done(seq=q.seq)


def _filters(question: p.Question) -> dict[str, Any]:
    """What a question asks for, without who asks."""
    return {k: v for k, v in msgspec.structs.asdict(question).items() if k not in ("seq", "attempt_id")}


def _asset(tx: Any, named: tuple[str, str]) -> tuple[str, str]:
    """Name and URI of an asset of which a reference may say one only. Raises NotFound when no active one has it."""
    name, uri = named
    if name and uri:
        return name, uri
    (found,) = store.assets.load_assets(tx, [named])
    if found is None:
        raise NotFound(f"there is no active asset {(name or uri)!r}")
    return found[0], found[1]


def _harmless(question: Any) -> bool:
    """Callbacks are confirmed after the attempt ended; reading on the way out does no harm either."""
    return isinstance(
        question,
        p.CallbacksRan | p.GetVariable | p.GetConnection | p.GetState | p.GetXCom | p.GetXComs | p.CountXComs | p.GetRun | p.FindRuns
        | p.FindTaskInstances | p.ListVariables | p.CountRuns | p.GetDag | p.ListConnections | p.ListPools | p.FindDags
        | p.FindXComs | p.FindTries | p.FindLog | p.FindAssets
        | p.GetAssetEvents | p.GetConsumedEvents | p.GetAssets,
    )  # fmt: skip
