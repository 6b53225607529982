/** Runs of one DAG: the grid, one run, clear, mark. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { get, patch, path, post, remove, withQuery } from "./http";
import type { Grid, InstanceRow, RunDetail, RunState, RunType, TouchedInstance } from "./types";

export type GridFilter = {
  runType?: RunType | undefined;
  state?: RunState | undefined;
  user?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  limit?: number | undefined;
};

export const RUNS_PER_PAGE = 25;

/** Runs that are asked for first; those that are wanted beyond come in a second answer, while the first is on the screen. */
const FIRST = 25;

/** What follows the first answer: the cursor of older runs, and after a blank how many of them are wanted at once. */
const following = (next: string | null, pages: number, limit: number): string | null =>
  next !== null && pages === 1 && limit > FIRST ? `${next} ${limit - FIRST}` : next;

export const gridQuery = (dagId: string, filter: GridFilter) => {
  const limit = filter.limit ?? RUNS_PER_PAGE;
  const url = (pageParam: string | null) => {
    const [before, count] = (pageParam ?? "").split(" ");
    return withQuery(path`/ui/dags/${dagId}/grid`, {
      limit: count ?? (pageParam === null ? Math.min(limit, FIRST) : limit),
      before,
      run_type: filter.runType,
      state: filter.state,
      triggering_user_pattern: filter.user,
      run_after_gte: filter.since,
      run_after_lte: filter.until,
    });
  };
  return infiniteQueryOptions({
    queryKey: ["grid", dagId, filter],
    meta: { url: url(null) },
    queryFn: ({ pageParam, signal }) => get<Grid>(url(pageParam), signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page, pages) => following(page.next, pages.length, limit),
  });
};

/** Only these runs, to refresh what an event named. */
export const readGridRuns = (dagId: string, runIds: string[]) =>
  get<Grid>(withQuery(path`/ui/dags/${dagId}/grid`, { run_ids: runIds, limit: runIds.length }));

export const runQuery = (dagId: string, runId: string) =>
  queryOptions({
    queryKey: ["run", dagId, runId],
    queryFn: ({ signal }) => get<RunDetail>(path`/ui/dags/${dagId}/runs/${runId}`, signal),
  });

/** Tasks of a run in the order of its graph; `urgent`: what failed or runs first; `around`: the page with this task. */
export type TasksPage = { limit: number; urgent?: true; around?: string };

export const runTasksQuery = (dagId: string, runId: string, page: TasksPage) =>
  queryOptions({
    queryKey: ["run", dagId, runId, "tasks", page],
    queryFn: ({ signal }) =>
      get<{ tasks: InstanceRow[]; total_entries: number; offset: number }>(withQuery(path`/ui/dags/${dagId}/runs/${runId}/tasks`, page), signal),
    placeholderData: keepPreviousData,
  });

export type LinkedRun = { dag_id: string; dag_display_name: string; run_id: string; state: RunState; task_id: string; map_index: number; at: string };
export type RunLinks = {
  parents: LinkedRun[];
  children: LinkedRun[];
  backfill: { id: number; from_date: string; to_date: string; triggering_user: string | null } | null;
};

// What follows changes with runs, not with each task: its keys begin with another word than the run's own.

/** Runs that this one came from, and those that came of it. */
export const runLinksQuery = (dagId: string, runId: string) =>
  queryOptions({
    queryKey: ["run_about", dagId, runId, "links"],
    queryFn: ({ signal }) => get<RunLinks>(path`/ui/dags/${dagId}/runs/${runId}/links`, signal),
  });

export type RunParam = { name: string; value: unknown; is_given: boolean };

/** What the tasks of the run see as params: other values come only with another version. */
export const runParamsQuery = (dagId: string, { run_id, version_number }: { run_id: string; version_number: number }) =>
  queryOptions({
    queryKey: ["run_params", dagId, run_id, version_number],
    queryFn: async ({ signal }) => (await get<{ params: RunParam[] }>(path`/ui/dags/${dagId}/runs/${run_id}/params`, signal)).params,
  });

export type RunDeadline = { id: string; deadline_time: string; missed: boolean; alert_name: string | null; kind: string; task_id: string | null };

/** Deadlines of the run that lie ahead or were missed; those that were met are forgotten. */
export const runDeadlinesQuery = (dagId: string, runId: string) =>
  queryOptions({
    queryKey: ["run_about", dagId, runId, "deadlines"],
    queryFn: async ({ signal }) =>
      (
        await get<{ deadlines: RunDeadline[] }>(
          withQuery(path`/ui/dags/${dagId}/dagRuns/${runId}/deadlines`, { order_by: "deadline_time", limit: 100 }),
          signal,
        )
      ).deadlines,
  });

export type RunEventLog = { event_log_id: number; when: string; event: string; owner: string | null; task_id: string | null; map_index: number | null; extra: string | null };

/** What people did to the run and its tasks, the newest first. */
export const runHistoryQuery = (dagId: string, runId: string) =>
  queryOptions({
    queryKey: ["run_about", dagId, runId, "history"],
    queryFn: ({ signal }) =>
      get<{ event_logs: RunEventLog[]; total_entries: number }>(
        withQuery("/api/v2/eventLogs", { dag_id: dagId, run_id: runId, order_by: "-when", limit: 50 }),
        signal,
      ),
  });

export type ClearRunOptions = { only_failed: boolean; only_new: boolean; run_on_latest_version?: true; note?: string };
type Touched = { task_instances: TouchedInstance[]; total_entries: number };

export const clearRun = (dagId: string, runId: string, dryRun: boolean, options: ClearRunOptions) =>
  post<Partial<Touched>>(path`/api/v2/dags/${dagId}/dagRuns/${runId}/clear`, { dry_run: dryRun, ...options });

/** What marking or deleting the run will change. */
export const readTouched = (dagId: string, runId: string, act: "success" | "failed" | "queued" | "delete") =>
  get<Touched>(withQuery(path`/ui/dags/${dagId}/runs/${runId}/touched`, { act }));

export const noteRun = (dagId: string, runId: string, note: string) => patch<unknown>(path`/api/v2/dags/${dagId}/dagRuns/${runId}`, { note });

export const markRun = (dagId: string, runId: string, state: "success" | "failed" | "queued", note?: string) =>
  patch<unknown>(path`/api/v2/dags/${dagId}/dagRuns/${runId}`, { state, ...(note && { note }) });

export const deleteRun = (dagId: string, runId: string) => remove(path`/api/v2/dags/${dagId}/dagRuns/${runId}`);

export type AssetEvent = {
  id: number;
  name: string | null;
  uri: string | null;
  timestamp: string;
  source_dag_id: string | null;
  source_run_id: string | null;
  source_task_id: string | null;
  created_dagruns: { dag_id: string; run_id: string }[];
};
/** Most events of assets that are told of one run. */
const MOST_EVENTS = 50;

/** Asset events that led to the run. */
export const causingEventsQuery = (dagId: string, runId: string) =>
  queryOptions({
    queryKey: ["assets", "run", dagId, runId, "causes"],
    queryFn: async ({ signal }) =>
      (await get<{ asset_events: AssetEvent[] }>(path`/api/v2/dags/${dagId}/dagRuns/${runId}/upstreamAssetEvents`, signal)).asset_events,
  });

/** Asset events that tasks of the run made. */
export const madeEventsQuery = (dagId: string, runId: string) =>
  queryOptions({
    queryKey: ["assets", "run", dagId, runId, "made"],
    queryFn: async ({ signal }) =>
      (
        await get<{ asset_events: AssetEvent[] }>(
          withQuery("/api/v2/assets/events", { source_dag_id: dagId, source_run_id: runId, limit: MOST_EVENTS }),
          signal,
        )
      ).asset_events,
  });
