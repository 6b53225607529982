/** DAGs: list, head, structure, pause, trigger, import errors. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { get, patch, path, post, reading, withQuery } from "./http";
import type { DagHead, DagList, ImportError, RunState } from "./types";

export type DagColumn = "dag_id" | "next_run" | "last_run" | "owners";
export type DagOrder = DagColumn | `-${DagColumn}`;
export type DagFilter = {
  search?: string | undefined;
  tags?: string[] | undefined;
  anyTag?: boolean | undefined;
  owners?: string[] | undefined;
  bundles?: string[] | undefined;
  paused?: boolean | undefined;
  running?: boolean | undefined;
  lastState?: RunState | undefined;
  favorite?: boolean | undefined;
  assets?: boolean | undefined;
  broken?: boolean | undefined;
  pending?: boolean | undefined;
  order?: DagOrder | undefined;
  page?: number | undefined;
};

export const DAGS_PER_PAGE = 50;

export const dagsQuery = (filter: DagFilter) =>
  queryOptions({
    queryKey: ["dags", filter],
    ...reading<DagList>(
      withQuery("/ui/dags", {
        limit: DAGS_PER_PAGE,
        offset: ((filter.page ?? 1) - 1) * DAGS_PER_PAGE,
        search: filter.search,
        tags: filter.tags,
        tags_match_mode: filter.tags?.length ? (filter.anyTag ? "any" : "all") : undefined,
        owners: filter.owners,
        bundle: filter.bundles,
        paused: filter.paused,
        running: filter.running,
        last_state: filter.lastState,
        favorite: filter.favorite,
        asset_scheduled: filter.assets,
        import_errors: filter.broken,
        pending_actions: filter.pending,
        order_by: filter.order,
        runs: 20,
      }),
    ),
    placeholderData: keepPreviousData,
  });

/** A few DAGs by name, for the command palette. */
export const dagNamesQuery = (search: string) =>
  queryOptions({
    queryKey: ["dags", { names: search }],
    queryFn: ({ signal }) => get<DagList>(withQuery("/ui/dags", { limit: 12, runs: 1, search }), signal),
    placeholderData: keepPreviousData,
  });

export const dagQuery = (dagId: string) =>
  queryOptions({
    queryKey: ["dag", dagId],
    ...reading<DagHead>(path`/ui/dags/${dagId}`),
  });

export const importErrorsQuery = queryOptions({
  queryKey: ["import_errors"],
  queryFn: ({ signal }) =>
    get<{ import_errors: ImportError[]; total_entries: number }>("/api/v2/importErrors?limit=100", signal),
});

export const setPaused = (dagId: string, isPaused: boolean) =>
  patch<unknown>(path`/api/v2/dags/${dagId}`, { is_paused: isPaused });

export const setFavorite = (dagId: string, isFavorite: boolean) =>
  post<void>(isFavorite ? path`/api/v2/dags/${dagId}/favorite` : path`/api/v2/dags/${dagId}/unfavorite`);
