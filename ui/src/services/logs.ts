/** Logs that can be read: of a try of a task, of callbacks of a run, of a watcher. All answer the same questions. */

import { queryOptions } from "@tanstack/react-query";

import { get, path, reading, withQuery } from "./http";
import type { InstanceKey } from "./instances";
import type { LogPage } from "./types";

/** Where a log is, and what every question to it says. */
export type LogAddress = {
  readonly base: string;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  /** Which try of which instance it is of, when it is of one. */
  readonly of?: { instance: string; tryNumber: number };
};

/** Try 0 is the newest. */
export const tryLog = ({ dagId, runId, taskId, mapIndex }: InstanceKey, tryNumber: number) => ({
  base: path`/ui/dags/${dagId}/runs/${runId}/tasks/${taskId}/logs/${tryNumber}`,
  query: { map_index: mapIndex },
  of: { instance: path`${dagId}/${runId}/${taskId}/${mapIndex}`, tryNumber },
}) satisfies LogAddress;
export const callbacksLog = (dagId: string, runId: string): LogAddress => ({ base: path`/ui/dags/${dagId}/runs/${runId}/callbacks/log`, query: {} });
export const watcherLog = (dagId: string, name: string, asset: string | undefined): LogAddress => ({ base: path`/ui/dags/${dagId}/watchers/${name}/log`, query: { asset } });

export type LogPlace = { tail: number } | { before: number; limit: number } | { offset: number; limit: number };
/** Only lines of these levels, of this source, of this part; all when absent. */
export type LogFilter = { level?: readonly string[]; source?: string | undefined; part?: string | undefined };
export type LogQuery = { text: string; isCaseSensitive: boolean; isPattern: boolean };

export const readLog = ({ base, query }: LogAddress, place: LogPlace & LogFilter, signal?: AbortSignal) =>
  get<LogPage>(withQuery(base, { ...query, ...place }), signal);

export const logTailUrl = ({ base, query }: LogAddress, offset: number, filter: LogFilter) => withQuery(`${base}/tail`, { ...query, offset, ...filter });

export const logTextUrl = ({ base, query }: LogAddress) => withQuery(`${base}/text`, query);

export const logSearchUrl = ({ base, query }: LogAddress, wanted: LogQuery, filter: LogFilter & { limit?: number }, offset: number) =>
  withQuery(`${base}/search`, { ...query, q: wanted.text, case: wanted.isCaseSensitive || undefined, regexp: wanted.isPattern || undefined, offset, ...filter });

export type LogContents = {
  lines: number;
  levels: Record<string, number>;
  sources: Record<string, number>;
  parts: Record<string, number>;
  size: number;
  /** The line that was asked for: its number from 1 on, and its byte offset. */
  line: number;
  at: number;
};

/** What the log holds, and which line has a number or begins at a byte offset. */
export const readContents = ({ base, query }: LogAddress, wanted: { line: number } | { at: number }, signal?: AbortSignal) =>
  get<LogContents>(withQuery(`${base}/contents`, { ...query, ...wanted }), signal);

/** Milliseconds between two counts of a log that grows; the server counts only what is new. */
const COUNT_EVERY = 5_000;

/** What the whole log holds. `isFinished`: it is counted again when the log has ended. */
export const logContentsQuery = (log: LogAddress, isFinished: boolean) =>
  queryOptions({
    queryKey: ["logcontents", log, isFinished],
    queryFn: ({ signal }) => get<LogContents>(withQuery(`${log.base}/contents`, log.query), signal),
    staleTime: isFinished ? Infinity : 0,
    refetchInterval: isFinished ? false : COUNT_EVERY,
    placeholderData: (before) => before,
  });

export type Watcher = { name: string; asset_name: string; asset_uri: string; classpath: string };

/** The watchers of the assets that a DAG listens to. */
export const watchersQuery = (dagId: string) =>
  queryOptions({
    queryKey: ["watchers", dagId],
    queryFn: ({ signal }) => get<Watcher[]>(path`/ui/dags/${dagId}/watchers`, signal),
  });

/** Lines of the first page: what is in sight and a little more. More are read on the way up. */
export const FIRST_LINES = 300;
/** Milliseconds after which such a page that nobody took is too old. */
const FRESH = 10_000;

/** The end of a try's log, which the page of a task opens with; `LogFeed` takes it once. */
export const lastLinesQuery = (at: InstanceKey, tryNumber: number) => {
  const { base, query, of } = tryLog(at, tryNumber);
  return queryOptions({ queryKey: lastLinesKey(of.instance), ...reading<LogPage>(withQuery(base, { ...query, tail: FIRST_LINES })), gcTime: FRESH });
};
export const lastLinesKey = (instance: string) => ["log end", instance];
