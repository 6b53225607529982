/** Runs of one DAG: the grid, one run, clear, mark. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { get, patch, path, post, remove, withQuery } from "./http";
import type { Grid, RunDetail, RunState, RunType, TouchedInstance } from "./types";

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
  return infiniteQueryOptions({
    queryKey: ["grid", dagId, filter],
    queryFn: ({ pageParam, signal }) => {
      const [before, count] = (pageParam ?? "").split(" ");
      return get<Grid>(
        withQuery(path`/ui/dags/${dagId}/grid`, {
          limit: count ?? (pageParam === null ? Math.min(limit, FIRST) : limit),
          before,
          run_type: filter.runType,
          state: filter.state,
          triggering_user_pattern: filter.user,
          run_after_gte: filter.since,
          run_after_lte: filter.until,
        }),
        signal,
      );
    },
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
    queryKey: ["run", dagId, runId, "causes"],
    queryFn: async ({ signal }) =>
      (await get<{ asset_events: AssetEvent[] }>(path`/api/v2/dags/${dagId}/dagRuns/${runId}/upstreamAssetEvents`, signal)).asset_events,
  });

/** Asset events that tasks of the run made. */
export const madeEventsQuery = (dagId: string, runId: string) =>
  queryOptions({
    queryKey: ["run", dagId, runId, "made"],
    queryFn: async ({ signal }) =>
      (
        await get<{ asset_events: AssetEvent[] }>(
          withQuery("/api/v2/assets/events", { source_dag_id: dagId, source_run_id: runId, limit: MOST_EVENTS }),
          signal,
        )
      ).asset_events,
  });
