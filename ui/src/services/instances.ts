/** One task instance: what it is, clear, mark, XCom values, logs. */

import { queryOptions } from "@tanstack/react-query";

import { get, patch, path, post, remove, withQuery } from "./http";
import type { InstanceDetail, LogPage, MappedPage, TaskState, TouchedInstance } from "./types";

export type InstanceKey = { dagId: string; runId: string; taskId: string; mapIndex: number };

const base = (at: InstanceKey) => path`/ui/dags/${at.dagId}/runs/${at.runId}/tasks/${at.taskId}`;
const publicBase = (at: InstanceKey) =>
  path`/api/v2/dags/${at.dagId}/dagRuns/${at.runId}/taskInstances/${at.taskId}`;

export const instanceQuery = (at: InstanceKey) =>
  queryOptions({
    queryKey: ["instance", at.dagId, at.runId, at.taskId, at.mapIndex],
    queryFn: ({ signal }) => get<InstanceDetail>(withQuery(base(at), { map_index: at.mapIndex }), signal),
  });

export const MAPPED_PER_PAGE = 100;

export const mappedQuery = (at: InstanceKey, page: number, state: TaskState | undefined) =>
  queryOptions({
    queryKey: ["mapped", at.dagId, at.runId, at.taskId, { page, state }],
    queryFn: ({ signal }) =>
      get<MappedPage>(
        withQuery(`${base(at)}/mapped`, { limit: MAPPED_PER_PAGE, offset: (page - 1) * MAPPED_PER_PAGE, state }),
        signal,
      ),
    placeholderData: (before) => before,
  });

export const xcomQuery = (at: InstanceKey, key: string) =>
  queryOptions({
    queryKey: ["xcom", at.dagId, at.runId, at.taskId, at.mapIndex, key],
    queryFn: ({ signal }) =>
      get<{ value: unknown }>(
        withQuery(`${publicBase(at)}/xcomEntries/${encodeURIComponent(key)}`, { map_index: at.mapIndex }),
        signal,
      ),
  });

export type Reach = {
  include_upstream: boolean;
  include_downstream: boolean;
  include_past: boolean;
  include_future: boolean;
};
type Touched = { task_instances: TouchedInstance[]; total_entries: number };

/** A mapped instance is named by its index; -1 means the whole task. */
const named = (at: InstanceKey) => (at.mapIndex >= 0 ? [at.taskId, at.mapIndex] : at.taskId);

export type ClearOptions = Reach & { only_failed: boolean; only_running: boolean; run_on_latest_version?: true; note?: string };

export const clearInstances = (at: InstanceKey, reach: ClearOptions, dryRun: boolean) =>
  post<Touched>(path`/api/v2/dags/${at.dagId}/clearTaskInstances`, {
    ...reach,
    dry_run: dryRun,
    dag_run_id: at.runId,
    task_ids: [named(at)],
    reset_dag_runs: true,
  });

export type MarkState = "success" | "failed" | "skipped";

export const markInstance = (at: InstanceKey, reach: Reach & { note?: string }, state: MarkState, dryRun: boolean) =>
  patch<Touched>(
    withQuery(`${publicBase(at)}${dryRun ? "/dry_run" : ""}`, { map_index: at.mapIndex >= 0 ? at.mapIndex : undefined }),
    { ...reach, new_state: state },
  );

const logBase = (at: InstanceKey, tryNumber: number) => `${base(at)}/logs/${tryNumber}`;

type LogPlace = { tail: number } | { before: number; limit: number } | { offset: number; limit: number };
/** Only lines of these levels and of this source; all when absent. */
export type LogFilter = { level?: readonly string[]; source?: string | undefined };

export const readLog = (at: InstanceKey, tryNumber: number, place: LogPlace & LogFilter, signal?: AbortSignal) =>
  get<LogPage>(withQuery(logBase(at, tryNumber), { map_index: at.mapIndex, ...place }), signal);

export const logTailUrl = (at: InstanceKey, tryNumber: number, offset: number, filter: LogFilter) =>
  withQuery(`${logBase(at, tryNumber)}/tail`, { map_index: at.mapIndex, offset, ...filter });

export const logTextUrl = (at: InstanceKey, tryNumber: number) =>
  withQuery(`${logBase(at, tryNumber)}/text`, { map_index: at.mapIndex });

export const logSearchUrl = (
  at: InstanceKey,
  tryNumber: number,
  query: { text: string; isCaseSensitive: boolean; isPattern: boolean },
  filter: LogFilter & { limit?: number },
  offset: number,
) =>
  withQuery(`${logBase(at, tryNumber)}/search`, {
    map_index: at.mapIndex,
    q: query.text,
    case: query.isCaseSensitive || undefined,
    regexp: query.isPattern || undefined,
    offset,
    ...filter,
  });

export type LogContents = { lines: number; levels: Record<string, number>; sources: Record<string, number>; size: number };

/** What the whole log holds. `isFinished`: it is counted again when the log has ended. */
export const logContentsQuery = (at: InstanceKey, tryNumber: number, isFinished: boolean) =>
  queryOptions({
    queryKey: ["logcontents", at.dagId, at.runId, at.taskId, at.mapIndex, tryNumber, isFinished],
    queryFn: ({ signal }) => get<LogContents>(withQuery(`${logBase(at, tryNumber)}/contents`, { map_index: at.mapIndex }), signal),
    staleTime: isFinished ? Infinity : 0,
  });

export type EventLog = { event_log_id: number; when: string; event: string; owner: string | null; map_index: number | null; extra: string | null };

/** What people did to the task in this run, the newest first. */
export const historyQuery = (at: InstanceKey) =>
  queryOptions({
    queryKey: ["instance", at.dagId, at.runId, at.taskId, at.mapIndex, "history"],
    queryFn: async ({ signal }) => {
      const found = await Promise.all(
        [{ task_id: at.taskId }, { event: "post_clear_task_instances" }].map((part) =>
          get<{ event_logs: (EventLog & { task_id: string | null })[] }>(
            withQuery("/api/v2/eventLogs", { dag_id: at.dagId, run_id: at.runId, order_by: "-when", limit: 100, ...part }),
            signal,
          ),
        ),
      );
      // Clearing several tasks at once stands in the log once, without the name of one.
      const logs = found.flatMap((one, i) => one.event_logs.filter((log) => i === 0 || (log.task_id === null && log.extra?.includes(JSON.stringify(at.taskId)))));
      return logs.toSorted((a, b) => b.event_log_id - a.event_log_id);
    },
  });

export const readLinks = (at: InstanceKey) =>
  queryOptions({
    queryKey: ["instance", at.dagId, at.runId, at.taskId, at.mapIndex, "links"],
    queryFn: async ({ signal }) =>
      (await get<{ extra_links: Record<string, string | null> }>(withQuery(`${publicBase(at)}/links`, { map_index: at.mapIndex }), signal)).extra_links,
  });

/** Writes an XCom; `isNew`: it must not be there yet. */
export const writeXCom = (at: InstanceKey, key: string, value: unknown, isNew: boolean) =>
  isNew
    ? post<unknown>(`${publicBase(at)}/xcomEntries`, { key, value, map_index: at.mapIndex })
    : patch<unknown>(`${publicBase(at)}/xcomEntries/${encodeURIComponent(key)}`, { value, map_index: at.mapIndex });

export const removeXCom = (at: InstanceKey, key: string) =>
  remove(withQuery(`${publicBase(at)}/xcomEntries/${encodeURIComponent(key)}`, { map_index: at.mapIndex }));
