/** The home page: what is wrong, the health of the parts, what ran lately. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { get, withQuery } from "./http";
import type { Cause, DagTotals, RunState, RunType, TaskState } from "./types";

/** Milliseconds between two looks at what no event tells: a dead engine is silent, and lateness comes with time alone. */
const HEALTH_EVERY = 5_000;
const HOME_EVERY = 30_000;

export type Some<T> = { total: number; rows: T[] };
export type FirstFailure = { task_id: string; map_index: number; try_number: number; end_date: string | null; error: string | null; cause: Cause | null };
export type FailedRun = {
  dag_id: string;
  dag_display_name: string;
  run_id: string;
  run_type: RunType;
  run_after: string;
  logical_date: string | null;
  end_date: string | null;
  reason: string;
  first: FirstFailure | null;
};
export type Home = {
  totals: DagTotals;
  failing: Some<FailedRun>;
  late: Some<{ dag_id: string; dag_display_name: string; due_at: string; is_full: boolean }>;
  stuck: Some<{ dag_id: string; run_id: string; task_id: string; map_index: number; state: TaskState; since: string; pool: string; queue: string }>;
  import_errors: Some<{ filename: string; sentence: string; timestamp: string }>;
  deadlines: Some<{ dag_id: string; run_id: string; task_id: string | null; name: string | null; deadline_time: string }>;
  questions: Some<{ dag_id: string; run_id: string; task_id: string; map_index: number; subject: string; created_at: string }>;
  pools: { name: string; slots: number; running: number; queued: number; scheduled: number; deferred: number; open: number | null }[];
  live_tasks: Partial<Record<TaskState, number>>;
  history: { since: string; seconds: number; bars: Partial<Record<RunState, number>>[] };
  now: string;
};
export type Hours = 24 | 168;

export type PartName = "scheduler" | "triggerer" | "dag_processor" | "database";
export type PartHealth = "healthy" | "stalled" | "dead" | "absent";
export type Health = { parts: { name: PartName; health: PartHealth; heartbeat_at: string | null; progress_at: string | null; count: number; draining: number }[]; now: string };

/** Whether all engines that live drain: no task starts. */
export const drainsAll = ({ count, draining }: Health["parts"][number]): boolean => draining > 0 && draining === count;

/** Whether some part does not do what it is there for. One that never was may be no part of this installation. */
export const isSick = ({ parts }: Pick<Health, "parts">): boolean => parts.some((part) => part.health === "dead" || part.health === "stalled" || drainsAll(part));

export type AssetEvent = { id: number; uri: string; name: string; timestamp: string; source_dag_id: string | null; source_run_id: string | null; source_task_id: string | null };

export const homeQuery = (hours: Hours) =>
  queryOptions({
    queryKey: ["home", hours],
    queryFn: ({ signal }) => get<Home>(withQuery("/ui/home", { hours }), signal),
    placeholderData: keepPreviousData,
    refetchInterval: HOME_EVERY,
  });

export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: ({ signal }) => get<Health>("/ui/health", signal),
  refetchInterval: HEALTH_EVERY,
});

export const assetEventsQuery = queryOptions({
  queryKey: ["home", "assets"],
  queryFn: ({ signal }) => get<{ asset_events: AssetEvent[] }>("/api/v2/assets/events?limit=8&order_by=-timestamp", signal),
});
