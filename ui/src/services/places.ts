/** Addresses of pages. */

import { path, withQuery } from "./http";

export const dagPlace = (dagId: string): string => path`/dags/${dagId}`;

export const runPlace = (dagId: string, runId: string): string => path`/dags/${dagId}/runs/${runId}`;

/** The graph with the states of a run. */
export const graphPlace = (dagId: string, runId: string, version?: number): string => withQuery(path`/dags/${dagId}/graph`, { run: runId, version });

export const ganttPlace = (dagId: string, runId: string): string => path`/dags/${dagId}/runs/${runId}/gantt`;

/** A run beside the one before it. */
export const comparePlace = (dagId: string, runId: string, before: string | undefined): string =>
  withQuery(path`/dags/${dagId}/compare`, { a: written(before), b: written(runId) });

export const taskPlace = (dagId: string, runId: string, taskId: string, mapIndex = -1, tried?: number): string =>
  withQuery(path`/dags/${dagId}/runs/${runId}/tasks/${taskId}`, { map_index: mapIndex >= 0 ? mapIndex : undefined, try: tried });

export const assetPlace = (assetId: number): string => path`/assets/${assetId}`;

export const callbacksPlace = (dagId: string, runId: string): string => path`/dags/${dagId}/runs/${runId}/callbacks`;

export const watcherPlace = (dagId: string, name: string, asset: string): string => withQuery(path`/dags/${dagId}/watchers/${name}`, { asset: written(asset) });

/** A value behind the `?` as the router writes it: what would be read as something else than a text is quoted. */
function written(value: string | string[] | undefined): string | undefined {
  if (value === undefined || typeof value === "object") return value && JSON.stringify(value);
  try {
    JSON.parse(value);
    return JSON.stringify(value);
  } catch {
    return value;
  }
}

/** A list with these filters. */
const listPlace = (path: string, search: Record<string, string | string[] | undefined>): string =>
  withQuery(path, Object.fromEntries(Object.entries(search).map(([name, value]) => [name, written(value)])));

/** What people did to a task, in all its runs. */
export const auditPlace = (dagId: string, taskId: string): string => listPlace("/audit", { dag: dagId, search: taskId });

/** All runs, filtered. */
export const runsPlace = (search: { dag?: string; states?: string[]; after?: string; before?: string } = {}): string => listPlace("/runs", search);

/** All task instances, filtered. */
export const tasksPlace = (search: {
  dag?: string; dag_run?: string; task?: string; states?: string[]; after?: string; before?: string; started_after?: string; started_before?: string;
  pool?: string; queue?: string; operator?: string; host?: string;
} = {}): string =>
  listPlace("/tasks", search);

/** Runs of one DAG, filtered. */
export const dagRunsPlace = (
  dagId: string,
  search: { states?: string[]; after?: string; before?: string; logical_after?: string; logical_before?: string } = {},
): string => listPlace(path`/dags/${dagId}/runs`, search);

/** The backfills of a DAG, with the dates of one. */
export const backfillPlace = (dagId: string, id?: number): string => withQuery(path`/dags/${dagId}/backfills`, { open: id });

/** The code of one version of a DAG. */
/** `other`: what changed since that version. */
export const codePlace = (dagId: string, version: number, other?: number): string => withQuery(path`/dags/${dagId}/code`, { version, with: other });
