/** One task instance: what it is, clear, mark, XCom values. */

import { queryOptions } from "@tanstack/react-query";

import { get, patch, path, post, reading, remove, withQuery } from "./http";
import type { AssetEvent } from "./runs";
import type { InstanceDetail, MappedPage, TaskState } from "./types";

export type InstanceKey = { dagId: string; runId: string; taskId: string; mapIndex: number };

const base = (at: InstanceKey) => path`/ui/dags/${at.dagId}/runs/${at.runId}/tasks/${at.taskId}`;
const publicBase = (at: InstanceKey) =>
  path`/api/v2/dags/${at.dagId}/dagRuns/${at.runId}/taskInstances/${at.taskId}`;

export const instanceQuery = (at: InstanceKey) =>
  queryOptions({
    queryKey: ["instance", at.dagId, at.runId, at.taskId, at.mapIndex],
    ...reading<InstanceDetail>(withQuery(base(at), { map_index: at.mapIndex })),
  });

export const MAPPED_PER_PAGE = 100;

/** `text`: an index, or a part of the name of one. */
export type MappedFilter = { state?: TaskState | undefined; text?: string | undefined; order?: string | undefined };

export const mappedQuery = (at: InstanceKey, page: number, { state, text, order }: MappedFilter) =>
  queryOptions({
    queryKey: ["mapped", at.dagId, at.runId, at.taskId, { page, state, text, order }],
    queryFn: ({ signal }) =>
      get<MappedPage>(
        withQuery(`${base(at)}/mapped`, { limit: MAPPED_PER_PAGE, offset: (page - 1) * MAPPED_PER_PAGE, state, order_by: order, ...(text && (/^\d+$/.test(text) ? { map_index: text } : { rendered_map_index_pattern: text })) }),
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

export type EventLog = { event_log_id: number; when: string; event: string; owner: string | null; map_index: number | null; extra: string | null };

/** What people did to the task in this run, the newest first. */
export const historyQuery = (at: InstanceKey) =>
  queryOptions({
    queryKey: ["instance", at.dagId, at.runId, at.taskId, at.mapIndex, "history"],
    queryFn: async ({ signal }) => {
      const found = await Promise.all(
        [{ task_id: at.taskId }, { event: "post_clear_task_instances" }, { event: "patch_task_instance" }].map((part) =>
          get<{ event_logs: (EventLog & { task_id: string | null })[] }>(
            withQuery("/api/v2/eventLogs", { dag_id: at.dagId, run_id: at.runId, order_by: "-when", limit: 100, ...part }),
            signal,
          ),
        ),
      );
      // What is done to several tasks at once, or to a group, stands in the log once, without the name of one.
      const logs = found.flatMap((one, i) => one.event_logs.filter((log) => i === 0 || (log.task_id === null && log.extra?.includes(JSON.stringify(at.taskId)))));
      const isMine = (log: EventLog) => at.mapIndex < 0 || log.map_index === null || log.map_index < 0 || log.map_index === at.mapIndex;
      return logs.filter(isMine).toSorted((a, b) => b.event_log_id - a.event_log_id);
    },
  });

/** Asset events that this instance made. */
export const instanceEventsQuery = (at: InstanceKey) =>
  queryOptions({
    queryKey: ["instance", at.dagId, at.runId, at.taskId, at.mapIndex, "events"],
    queryFn: async ({ signal }) =>
      (
        await get<{ asset_events: AssetEvent[] }>(
          withQuery("/api/v2/assets/events", {
            source_dag_id: at.dagId,
            source_run_id: at.runId,
            source_task_id: at.taskId,
            source_map_index: at.mapIndex >= 0 ? at.mapIndex : undefined,
            order_by: "-timestamp",
            limit: 100,
          }),
          signal,
        )
      ).asset_events,
  });

export const noteInstance = (at: InstanceKey, note: string) =>
  patch<unknown>(withQuery(publicBase(at), { map_index: at.mapIndex >= 0 ? at.mapIndex : undefined }), { note });

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
