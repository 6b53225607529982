/** Runs over time: of one DAG, and of all. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import type { TimelineRows } from "../routes/history";
import type { FailedRun } from "./home";
import { get, path, withQuery } from "./http";
import type { RunState, RunType, TaskState } from "./types";

export type Times = { count: number; median: number | null; p95: number | null };
export type DurationBar = {
  run_id: string;
  run_type: RunType;
  state: TaskState;
  run_after: string;
  start_date: string | null;
  end_date: string | null;
  version_number: number;
  queued: number | null;
  took: number | null;
  landing: number | null;
};
export type Durations = { bars: DurationBar[]; queued: Times; took: Times; landing: Times; tasks: string[] };
export type TaskStatistics = {
  task_id: string;
  operator: string;
  last_state: TaskState;
  last_start: string | null;
  finished: number;
  failed: number;
  tries: number | null;
  took: Times;
};
export type CalendarCell = { key: string; at: string; until: string; counts: Partial<Record<RunState, number>>; planned: number };
export type Calendar = { cells: CalendarCell[]; zone: string; problem: string | null };
export type Overview = {
  finished: Partial<Record<RunState, number>>;
  counts: Partial<Record<RunState, number>>;
  failures: FailedRun[];
  coming: { run_after: string; logical_date: string | null }[];
  problem: string | null;
  deadlines: { run_id: string; name: string | null; task_id: string | null; deadline_time: string; missed: boolean }[];
  alerts: string[];
  versions: { number: number; created_at: string; bundle_version: string | null }[];
  assets: { id: number; name: string; uri: string; use: "schedule" | "inlet" | "outlet" }[];
  owner_links: Record<string, string>;
  task_count: number;
};
/** DAG by its place, run id, state, type, due, start, end: milliseconds after the beginning. */
export type TimelineRun = [dag: number, run: string, state: RunState, type: RunType, due: number, start: number | null, end: number | null];
export type TimelineDag = { dag_id: string; name: string; tags: string[]; owners: string[]; pools: string[] };
export type Timeline = {
  since: string;
  until: string;
  now: string;
  dags: TimelineDag[];
  runs: TimelineRun[];
  planned: [dag: number, due: number][];
  more: boolean;
};
/** Task, run, pool and host by their places; times are milliseconds after the beginning. */
export type TimelineTry = [
  task: number, run: number, mapIndex: number, tried: number, state: TaskState, pool: number, host: number, waited: number | null, start: number, end: number | null,
];
/** `cells`: first bin, how many bins, tries in each, failed in each, and so on. Times are milliseconds. */
export type SumRow = [key: string, name: string, ran: number, failed: number, busy: number, longest: number, cells: number[]];
/** What is told of tries that are too many to be told one by one. */
export type Sums = {
  ran: number;
  failed: number;
  bin: number;
  bins: number;
  by: TimelineRows;
  rows: SumRow[];
  rest: SumRow | null;
  others: number;
  most: number[];
  mean: number[];
  /** Bin in which they began, class of duration, tries, failed, and so on. */
  took: number[];
  /** The shortest duration of each class, in seconds. */
  classes: number[];
};
export type TimelineTasks = {
  since: string;
  until: string;
  now: string;
  dags: TimelineDag[];
  tasks: [dag: number, task: string, operator: string][];
  runs: string[];
  pools: string[];
  hosts: string[];
  tries: TimelineTry[];
  sums: Sums | null;
  planned: [dag: number, due: number][];
};

export const durationsQuery = (dagId: string, limit: number, taskId?: string) =>
  queryOptions({
    queryKey: ["history", dagId, "durations", limit, taskId],
    queryFn: ({ signal }) => get<Durations>(withQuery(path`/ui/dags/${dagId}/durations`, { limit, task_id: taskId }), signal),
    placeholderData: keepPreviousData,
  });

export const taskStatisticsQuery = (dagId: string) =>
  queryOptions({
    queryKey: ["history", dagId, "tasks"],
    queryFn: ({ signal }) => get<{ tasks: TaskStatistics[]; runs: number }>(path`/ui/dags/${dagId}/tasks`, signal),
  });

export type CalendarAsk = { since: string; until: string; zone: string; cells: "day" | "hour"; by: "due" | "logical" };

export const calendarQuery = (dagId: string, ask: CalendarAsk) =>
  queryOptions({
    queryKey: ["history", dagId, "calendar", ask],
    queryFn: ({ signal }) => get<Calendar>(withQuery(path`/ui/dags/${dagId}/calendar`, ask), signal),
    placeholderData: keepPreviousData,
  });

export const overviewQuery = (dagId: string) =>
  queryOptions({
    queryKey: ["overview", dagId],
    queryFn: ({ signal }) => get<Overview>(path`/ui/dags/${dagId}/overview`, signal),
  });

export const timelineQuery = (since: string, until: string) =>
  queryOptions({
    queryKey: ["timeline", since, until],
    queryFn: ({ signal }) => get<Timeline>(withQuery("/ui/timeline", { since, until }), signal),
    placeholderData: keepPreviousData,
  });

/** The rows matter where there are sums; else the answer is the same. */
export const timelineTasksQuery = (since: string, until: string, rows: TimelineRows) =>
  queryOptions({
    queryKey: ["floor", since, until, rows],
    queryFn: ({ signal }) => get<TimelineTasks>(withQuery("/ui/timeline/tasks", { since, until, rows }), signal),
    placeholderData: keepPreviousData,
  });
