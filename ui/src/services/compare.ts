/** Two runs of a DAG against each other. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { get, path, withQuery } from "./http";
import type { RunHead, TaskState } from "./types";

export type Side = [state: TaskState, duration: number | null, tries: number] | null;
export type TaskDifference = [taskId: string, a: Side, b: Side, change: "state" | "gone" | "slower" | "faster" | null];
/** `rows` are the first of `total_entries`; what differs comes first. */
export type Compared = { a: RunHead; b: RunHead; changed: number; total_entries: number; rows: TaskDifference[] };

export const comparedQuery = (dagId: string, a: string, b: string, all: boolean) =>
  queryOptions({
    queryKey: ["run_about", dagId, a, "compared", b, all],
    queryFn: ({ signal }) => get<Compared>(withQuery(path`/ui/dags/${dagId}/compare`, { a, b, all: all || undefined }), signal),
    placeholderData: keepPreviousData,
  });

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
