/** Changes to cached grids: a state is one letter of a string, a run is replaced by its newer reading. */

import type { InfiniteData } from "@tanstack/react-query";

import { client } from "./client";
import { readGridRuns } from "./runs";
import { soon } from "./soon";
import type { Change, Grid, GridRun, RunState } from "./types";

type GridData = InfiniteData<Grid, string | null>;
type InstanceChange = Change & { kind: "ti" };

/** Milliseconds between two readings of runs of one DAG. */
const GAP = 300;
/** Under this name some runs of a grid are read. */
const RUNS = "grid runs";

function eachGrid(dagId: string, change: (data: GridData) => GridData): void {
  client.setQueriesData<GridData>({ queryKey: ["grid", dagId] }, (data) => data && change(data));
}

function eachRun(data: GridData, change: (run: GridRun, page: Grid) => GridRun): GridData {
  return {
    ...data,
    pages: data.pages.map((page) => {
      const runs = page.runs.map((run) => change(run, page));
      return runs.some((run, i) => run !== page.runs[i]) ? { ...page, runs } : page;
    }),
  };
}

export function setGridRunState(dagId: string, runId: string, state: RunState): void {
  eachGrid(dagId, (data) => eachRun(data, (run) => (run.run_id === runId ? { ...run, state } : run)));
}

/** Letters of the tasks that are not mapped; runs with mapped instances among the changes are read again. */
export function setGridTaskStates(changes: InstanceChange[]): void {
  const dags = Map.groupBy(changes, (change) => change.dag_id);
  for (const [dagId, ofDag] of dags) {
    const runs = Map.groupBy(ofDag, (change) => change.run_id);
    eachGrid(dagId, (data) =>
      eachRun(data, (run, page) => {
        const ofRun = runs.get(run.run_id);
        return ofRun ? withStates(run, page, ofRun) : run;
      }),
    );
    const mapped = ofDag.filter((change) => change.map_index >= 0).map((change) => change.run_id);
    if (mapped.length) refreshRuns(dagId, mapped);
  }
}

function withStates(run: GridRun, page: Grid, changes: InstanceChange[]): GridRun {
  const letters = [...run.states];
  const tries = { ...run.tries };
  const letterOf = new Map(Object.entries(page.codes).map(([letter, state]) => [state, letter]));
  for (const change of changes) {
    if (change.map_index >= 0) continue;
    const row = rowIndex(page.rows).get(change.task_id);
    const letter = letterOf.get(change.state);
    if (row === undefined || letter === undefined) continue;
    letters[row] = letter;
    if (change.try_number > 1) tries[row] = change.try_number;
  }
  return { ...run, states: letters.join(""), tries };
}

const indexes = new WeakMap<Grid["rows"], Map<string, number>>();

/** Number of a task's row by its id. */
export function rowIndex(rows: Grid["rows"]): Map<string, number> {
  let index = indexes.get(rows);
  if (!index) {
    index = new Map(rows.map((row, i) => [row.task_id, i]));
    indexes.set(rows, index);
  }
  return index;
}

const wanted = new Map<string, Set<string>>();

/** Read these runs again, soon and together. */
export function refreshRuns(dagId: string, runIds: string[]): void {
  if (!client.getQueryCache().findAll({ queryKey: ["grid", dagId], type: "active" }).length) {
    void client.invalidateQueries({ queryKey: ["grid", dagId], refetchType: "none" });
    return;
  }
  const ids = wanted.get(dagId) ?? new Set<string>();
  wanted.set(dagId, ids);
  for (const id of runIds) ids.add(id);
  soon(`runs\0${dagId}`, GAP, () => {
    wanted.delete(dagId);
    void readAgain(dagId, [...ids]);
  });
}

/** Answers that are on their way perhaps do not know of these changes: when they have come, the runs are read once more. */
export function refreshLate(changes: Change[]): void {
  const ofRuns = changes.filter((change) => change.kind === "ti" || change.kind === "run");
  for (const [dagId, ofDag] of Map.groupBy(ofRuns, (change) => change.dag_id)) {
    const late = client.getQueryCache().findAll({ predicate: ({ queryKey: [kind, dag] }) => (kind === "grid" || kind === RUNS) && dag === dagId, fetchStatus: "fetching" });
    if (late.length) void Promise.allSettled(late.map((query) => query.promise)).then(() => refreshRuns(dagId, ofDag.map((change) => change.run_id)));
  }
}

async function readAgain(dagId: string, runIds: string[]): Promise<void> {
  let fresh: Grid;
  try {
    fresh = await client.fetchQuery({ queryKey: [RUNS, dagId, runIds], queryFn: () => readGridRuns(dagId, runIds), gcTime: 0, staleTime: 0 });
  } catch {
    // The whole grid is asked for again; its own error state tells when that fails too.
    void client.invalidateQueries({ queryKey: ["grid", dagId] });
    return;
  }
  const byId = new Map(fresh.runs.map((run) => [run.run_id, run]));
  for (const query of client.getQueryCache().findAll({ queryKey: ["grid", dagId] })) {
    const data = query.state.data as GridData | undefined;
    if (!data) continue;
    const next = placed(data, fresh, byId);
    const isFiltered = Object.values(query.queryKey[2] as object).some((value) => value !== undefined);
    if (next === null || (isFiltered && next.isNew)) void client.invalidateQueries({ queryKey: query.queryKey });
    else client.setQueryData<GridData>(query.queryKey, next.data);
  }
}

/** The data with the fresh runs in their places; null when the rows no longer agree and all must be read again. */
function placed(data: GridData, fresh: Grid, byId: Map<string, GridRun>): { data: GridData; isNew: boolean } | null {
  const first = data.pages[0];
  if (!first) return null;
  const seen = new Set<string>();
  let agrees = true;
  const pages = data.pages.map((page) => ({
    ...page,
    runs: page.runs.map((run) => {
      const newer = byId.get(run.run_id);
      seen.add(run.run_id);
      if (!newer) return run;
      agrees &&= fits(page, fresh);
      return newer;
    }),
  }));
  const added = fresh.runs.filter((run) => !seen.has(run.run_id));
  if (!agrees || (added.length && !fits(first, fresh))) return null;
  const runs = [...added, ...(pages[0]?.runs ?? [])].sort((a, b) => b.run_after.localeCompare(a.run_after) || b.id - a.id);
  pages[0] = { ...first, runs };
  return { data: { ...data, pages }, isNew: added.length > 0 };
}

/** The rows of `fresh` begin those of `page`: rows after them are tasks that only other, older runs have. */
function fits(page: Grid, fresh: Grid): boolean {
  return fresh.rows.every((row, i) => row.task_id === page.rows[i]?.task_id);
}
