/** Logs that can be read: of a try of a task, of callbacks of a run, of a watcher. All answer the same questions. */

import { queryOptions } from "@tanstack/react-query";

import { get, path, withQuery } from "./http";
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
export const tryLog = ({ dagId, runId, taskId, mapIndex }: InstanceKey, tryNumber: number): LogAddress => ({
  base: path`/ui/dags/${dagId}/runs/${runId}/tasks/${taskId}/logs/${tryNumber}`,
  query: { map_index: mapIndex },
  of: { instance: path`${dagId}/${runId}/${taskId}/${mapIndex}`, tryNumber },
});
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

// ---- the first page, asked for before the page that shows it is there ---------------------------------------------------

/** Lines of the first page: what is in sight and a little more. More are read on the way up. */
export const FIRST_LINES = 300;
/** Milliseconds after which a page that nobody took is too old. */
const FRESH = 10_000;

let early: { instance: string | undefined; at: number; page: Promise<LogPage | null> } | null = null;

/** Asks for the end of the newest try's log, while the code of the page is still on its way. */
export function readEarly(at: InstanceKey): void {
  const log = tryLog(at, 0);
  early = { instance: log.of?.instance, at: performance.now(), page: readLog(log, { tail: FIRST_LINES }).catch(() => null) };
}

/** The page that was asked for early, if it is of this try; each is given once. */
export async function takeEarly({ of }: LogAddress): Promise<LogPage | null> {
  const found = early;
  early = null;
  if (!of || found?.instance !== of.instance || performance.now() - found.at > FRESH) return null;
  const page = await found.page;
  return page?.try_number === of.tryNumber ? page : null;
}
