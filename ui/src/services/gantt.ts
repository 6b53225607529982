/** One run in time. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { get, path, withQuery } from "./http";
import type { RunState, TaskState } from "./types";

export type BarKind = "scheduled" | "queued" | "running" | "deferred" | "reschedule" | "retry" | "input";
/** kind, try, start, end (null = it goes on), state that the attempt ended in. */
export type GanttBar = [kind: BarKind, tryNumber: number, start: string, end: string | null, state: TaskState | ""];
export type GanttRow = { task_id: string; map_index: number; state: TaskState; instances: number; label: string | null; bars: GanttBar[] };
export type Gantt = {
  run_state: RunState;
  queued_at: string | null;
  start_date: string | null;
  end_date: string | null;
  server_time: string;
  rows: GanttRow[];
};

// The key begins as that of the run, so that whatever makes the run old makes this old, too.
export const ganttQuery = (dagId: string, runId: string) =>
  queryOptions({
    queryKey: ["run", dagId, runId, "gantt"],
    queryFn: ({ signal }) => get<Gantt>(path`/ui/dags/${dagId}/runs/${runId}/gantt`, signal),
    placeholderData: keepPreviousData,
  });

/** The instances of one mapped task. */
export const ganttInstancesQuery = (dagId: string, runId: string, taskId: string) =>
  queryOptions({
    queryKey: ["run", dagId, runId, "gantt", taskId],
    queryFn: ({ signal }) => get<Gantt>(withQuery(path`/ui/dags/${dagId}/runs/${runId}/gantt`, { task_id: taskId }), signal),
  });
