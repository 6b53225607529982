/**
 * What a page shows first, by its address. It is asked for while the code of the page is on its way: by `early.ts` before
 * there is any code, by the frame on each way to another page. A page that is not named here asks when it is there.
 */

import type { FetchInfiniteQueryOptions, FetchQueryOptions, QueryClient, QueryKey } from "@tanstack/react-query";

import { dagQuery, dagsQuery } from "../services/dags";
import { graphQuery, runStatesQuery } from "../services/graph";
import { instanceQuery } from "../services/instances";
import { lastLinesQuery } from "../services/logs";
import { gridQuery } from "../services/runs";
import type { DagHead } from "../services/types";
import { dagsFilter, dagsSearch } from "./dagsSearch";
import { gridFilter, gridSearch } from "./gridSearch";
import { count, type Raw, text } from "./search";

export type First = {
  url: string;
  queryKey: QueryKey;
  read: (client: QueryClient) => Promise<unknown>;
  /** Asked at the same time, and not asked when this is known already. */
  also: First[];
  /** Asked when the answer is there, which alone says what for. */
  after: ((answer: never) => First[]) | null;
};

/** `search`: what stands behind the `?`, as the router reads it. */
export function firstOf(pathname: string, search: Raw): First[] {
  const [area, dagId, view, runId, part, taskId] = pathname.split("/").slice(1).map(decoded);
  if (area !== "dags") return [];
  if (!dagId) return [one(dagsQuery(dagsFilter(dagsSearch(search))))];
  if (view === "runs" && runId && part === "tasks" && taskId) return [task({ dagId, runId, taskId, mapIndex: count(search.map_index) ?? -1 }, search)];
  if (!view || (view === "runs" && runId && !part)) return [one(dagQuery(dagId)), one(graphQuery(dagId)), grid(gridQuery(dagId, gridFilter(gridSearch(search))))];
  if (view === "graph") return drawing(dagId, text(search.run), count(search.version));
  return part === "callbacks" || view === "watchers" ? [] : [one(dagQuery(dagId))];
}

function drawing(dagId: string, run: string | undefined, version: number | undefined): First[] {
  const of = (runId: string | undefined) => [one(graphQuery(dagId, { version, run: runId })), ...(runId === undefined ? [] : [one(runStatesQuery(dagId, runId))])];
  if (run === "none") return [one(dagQuery(dagId)), ...of(undefined)];
  if (run !== undefined) return [one(dagQuery(dagId)), ...of(run)];
  return [one(dagQuery(dagId), { after: (head: DagHead) => of(head.runs.at(-1)?.run_id) })];
}

/** A task opens with the end of its log, unless the address names something else. */
function task(at: { dagId: string; runId: string; taskId: string; mapIndex: number }, search: Raw): First {
  const isElsewhere = [search.line, search.level, search.source, search.part].some((one) => one !== undefined) || (text(search.tab) ?? "log") !== "log";
  return one(instanceQuery(at), { also: isElsewhere ? [] : [one(lastLinesQuery(at, count(search.try) ?? 0))] });
}

type More<Answer> = { also?: First[]; after?: (answer: Answer) => First[] };

const one = <T, K extends QueryKey>(query: FetchQueryOptions<T, Error, T, K>, { also = [], after }: More<T> = {}): First => ({
  url: urlOf(query),
  queryKey: query.queryKey,
  read: (client) => client.fetchQuery(query),
  also,
  after: after ?? null,
});

const grid = <T, K extends QueryKey, P>(query: FetchInfiniteQueryOptions<T, Error, T, K, P>): First => ({
  url: urlOf(query),
  queryKey: query.queryKey,
  read: (client) => client.fetchInfiniteQuery(query),
  also: [],
  after: null,
});

const urlOf = ({ meta }: { meta?: Record<string, unknown> | undefined }): string => String(meta?.url);

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not what the page wrote: the router says what it makes of it.
    return part;
  }
}
