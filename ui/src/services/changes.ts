/** Brings the cache up to date with what the event stream told. States are patched at once; dates are read soon after. */

import type { QueryFilters } from "@tanstack/react-query";

import { client } from "./client";
import { setGraphStates } from "./graphCache";
import { refreshLate, refreshRuns, setGridRunState, setGridTaskStates } from "./gridCache";
import { soon } from "./soon";
import type { Change, DagHead, DagList, InstanceDetail, RunState } from "./types";

/** Milliseconds between two reads of the same thing. */
const GAP = 300;
/** Between two reads of what counts and lists over many runs. */
const LIST_GAP = 2_000;
/** And of all tries of a day, which may be a hundred thousand. */
const FLOOR_GAP = 10_000;
/** What counts and lists over many runs, or tells what an act will change; read again when anything changes while it is on the screen. */
const LISTS = ["preview", "home", "runs", "tasks", "overview", "history", "timeline", "approvals"];

export function readEverythingAgain(): void {
  readAgain({ predicate: (query) => query.queryKey[0] !== "session" });
}

export function applyChanges(changes: Change[]): void {
  if (changes.length) {
    soon("lists", LIST_GAP, () => readAgain({ predicate: (query) => LISTS.includes(String(query.queryKey[0])) }));
    soon("floor", FLOOR_GAP, () => readAgain({ queryKey: ["floor"] }));
  }
  const instances = changes.filter((change) => change.kind === "ti");
  setGridTaskStates(instances);
  setGraphStates(instances);
  for (const change of instances) applyInstance(change);
  refreshLate(changes);
  for (const change of changes) {
    if (change.kind === "run") applyRun(change);
    else if (change.kind === "dag") applyDag(change.dag_id);
    else if (change.kind === "import_errors") invalidate(["import_errors"], ["dags"]);
    else if (change.kind === "assets") invalidate(["assets"]);
  }
}

function applyInstance(change: Change & { kind: "ti" }): void {
  const { dag_id: dag, run_id: run, task_id: task } = change;
  client.setQueryData<InstanceDetail>(["instance", dag, run, task, change.map_index], (old) =>
    old && { ...old, instance: { ...old.instance, state: change.state, try_number: change.try_number } },
  );
  invalidate(["instance", dag, run], ["mapped", dag, run, task], ["run", dag, run]);
  if (change.state === "awaiting_input") invalidate(["approvals"]);
}

function applyRun(change: Change & { kind: "run" }): void {
  const { dag_id: dag, run_id: run, state } = change;
  if (state !== null) {
    setGridRunState(dag, run, state);
    setBarState(dag, run, state);
  }
  refreshRuns(dag, [run]);
  invalidate(["run", dag, run], ["dags"], ["dag", dag], ["backfills", dag], ["assets", "next", dag], ["assets", "partitions", dag]);
  // A run that is shown may have started this one, or have come of it.
  invalidate(["run_about"]);
  if (state === null) invalidate(["instance", dag, run], ["mapped", dag, run]);
}

function applyDag(dag: string): void {
  invalidate(["dag", dag], ["structure", dag], ["grid", dag], ["dags"], ["backfills", dag], ["code", dag], ["assets", "next", dag]);
}

function setBarState(dag: string, run: string, state: RunState): void {
  const patch = <T extends DagHead | DagList["dags"][number]>(row: T): T => ({
    ...row,
    runs: row.runs.map((bar) => (bar.run_id === run ? { ...bar, state } : bar)),
  });
  client.setQueriesData<DagList>({ queryKey: ["dags"] }, (old) =>
    old && { ...old, dags: old.dags.map((row) => (row.dag_id === dag ? patch(row) : row)) },
  );
  client.setQueryData<DagHead>(["dag", dag], (old) => old && patch(old));
}

function invalidate(...keys: string[][]): void {
  for (const queryKey of keys) soon(queryKey.join("\0"), GAP, () => readAgain({ queryKey }));
}

/** What is being read at this moment was perhaps read before the change: it is read once more when it has come. */
function readAgain(filters: QueryFilters): void {
  const late = client.getQueryCache().findAll({ ...filters, fetchStatus: "fetching" });
  void client.invalidateQueries(filters, { cancelRefetch: false });
  for (const query of late)
    void query.promise?.catch(() => undefined).then(() => client.invalidateQueries({ queryKey: query.queryKey, exact: true }, { cancelRefetch: false }));
}
