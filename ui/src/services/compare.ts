/** Two runs of a DAG against each other. `differences` is pure. */

import { queryOptions } from "@tanstack/react-query";

import { get, path, withQuery } from "./http";
import type { InstanceRow, RunDetail, TaskState } from "./types";

/** Seconds, and how many times as long, from which a task counts as much slower or faster. */
const SECONDS = 1;
const TIMES = 1.5;

export type Side = { state: TaskState; duration: number | null; tries: number } | null;
export type TaskDifference = { taskId: string; a: Side; b: Side; change: "state" | "gone" | "slower" | "faster" | null };

/** Each task of either run; what differs comes first, states before durations. */
export function differences(a: RunDetail, b: RunDetail): TaskDifference[] {
  const there = new Map(b.tasks.map((task) => [task.task_id, task]));
  const names = [...new Set([...a.tasks, ...b.tasks].map((task) => task.task_id))];
  const here = new Map(a.tasks.map((task) => [task.task_id, task]));
  const rows = names.map((taskId) => {
    const [one, two] = [side(here.get(taskId)), side(there.get(taskId))];
    return { taskId, a: one, b: two, change: changeOf(one, two) };
  });
  const order = ["state", "gone", "slower", "faster", null];
  return rows.map((row, i) => [row, i] as const).toSorted(([x, i], [y, j]) => order.indexOf(x.change) - order.indexOf(y.change) || i - j).map(([row]) => row);
}

function side(task: InstanceRow | undefined): Side {
  return task ? { state: task.state, duration: task.duration, tries: task.try_number } : null;
}

function changeOf(a: Side, b: Side): TaskDifference["change"] {
  if (a === null || b === null) return "gone";
  if (a.state !== b.state) return "state";
  if (a.duration === null || b.duration === null || Math.abs(a.duration - b.duration) < SECONDS) return null;
  if (b.duration > a.duration * TIMES) return "slower";
  return b.duration * TIMES < a.duration ? "faster" : null;
}

export type XComRow = { task_id: string; map_index: number; key: string };
/** Most XComs of a run that are compared. */
export const MOST_XCOMS = 100;

/** Keys of the XComs of a run, with their values as JSON where they are short enough to be compared. */
export const xcomsQuery = (dagId: string, runId: string) =>
  queryOptions({
    queryKey: ["xcoms", dagId, runId],
    queryFn: async ({ signal }) => {
      const base = path`/api/v2/dags/${dagId}/dagRuns/${runId}/taskInstances`;
      const { xcom_entries: entries, total_entries: total } = await get<{ xcom_entries: XComRow[]; total_entries: number }>(
        withQuery(`${base}/${encodeURIComponent("~")}/xcomEntries`, { limit: MOST_XCOMS }),
        signal,
      );
      const values = await Promise.all(
        entries.map(async (one) => {
          const url = `${base}/${encodeURIComponent(one.task_id)}/xcomEntries/${encodeURIComponent(one.key)}`;
          const { value } = await get<{ value: unknown }>(withQuery(url, { map_index: one.map_index }), signal);
          return [`${one.task_id}${one.map_index >= 0 ? ` [${one.map_index}]` : ""} · ${one.key}`, JSON.stringify(value)] as const;
        }),
      );
      return { values: new Map(values), isCut: total > entries.length };
    },
  });
