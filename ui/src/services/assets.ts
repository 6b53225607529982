/** Assets: list, one of them, events, lineage, what DAGs wait for, state. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import type { Graph } from "./graph";
import { get, path, post, put, remove, withQuery } from "./http";
import type { RunState } from "./types";

export type AssetLine = {
  id: number;
  name: string;
  uri: string;
  group: string;
  created_at: string;
  last_event_at: string | null;
  producers: number;
  consumers: number;
  scheduled: number;
  aliases: string[];
  watchers: number;
};
export type AssetFilter = { search?: string | undefined; group?: string | undefined; order?: string | undefined; page?: number | undefined; gone?: boolean | undefined };
type Reference = { dag_id: string; task_id: string };
export type Asset = {
  id: number;
  name: string;
  uri: string;
  group: string;
  extra: Record<string, unknown>;
  created_at: string;
  scheduled_dags: { dag_id: string }[];
  producing_tasks: Reference[];
  consuming_tasks: Reference[];
  aliases: { id: number; name: string }[];
  watchers: { name: string; trigger_id: number }[];
  last_asset_event: { id: number; timestamp: string } | null;
};
export type AssetEvent = {
  id: number;
  timestamp: string;
  extra: Record<string, unknown>;
  source_dag_id: string | null;
  source_task_id: string | null;
  source_run_id: string | null;
  source_map_index: number;
  partition_key: string | null;
  created_dagruns: { run_id: string; dag_id: string; state: RunState; triggering: boolean }[];
};
/** A condition with ticks: what came since the last run. */
export type Part = { kind: "all" | "any" | "asset" | "alias" | "asset_ref"; name: string; uri: string; asset_id: number | null; is_met: boolean; at: string | null; parts: Part[] };
export type NextRun = { condition: Part | null; is_paused: boolean; is_partitioned: boolean; pending_partition_count: number };
export type Partition = { id: number; dag_id: string; partition_key: string; created_at: string; created_dag_run_id: string | null; state: RunState | null; total_received: number };
export type PartitionDetail = { assets: { asset_id: number | null; name: string; uri: string; received: number; required: number | null; keys: string[]; missing: string[]; is_met: boolean | null }[] };
/** The lineage as a drawing. `roles`: by number of the edge, why it ties two DAGs. */
export type LineageGraph = Graph & { roles: Record<string, ("trigger" | "sensor")[]> };
export type StateEntry = { key: string; value: unknown; updated_at: string; last_updated_by?: { kind?: string; dag_id?: string | null; task_id?: string | null } | null };

export const ASSETS_PER_PAGE = 50;
export const EVENTS_PER_PAGE = 25;

// All keys begin alike: an event of an asset makes all of it old.
export const assetsQuery = ({ search, group, order, page = 1, gone }: AssetFilter) =>
  queryOptions({
    queryKey: ["assets", "list", { search, group, order, page, gone }],
    queryFn: ({ signal }) =>
      get<{ assets: AssetLine[]; total_entries: number; groups: Record<string, number> }>(
        withQuery("/ui/assets", { search, group, order_by: order, limit: ASSETS_PER_PAGE, offset: (page - 1) * ASSETS_PER_PAGE, only_active: gone ? false : undefined }),
        signal,
      ),
    placeholderData: keepPreviousData,
  });

export const assetQuery = (id: string) =>
  queryOptions({ queryKey: ["assets", "one", id], queryFn: ({ signal }) => get<Asset>(path`/api/v2/assets/${id}`, signal) });

export const assetEventsQuery = (id: string, page: number) =>
  queryOptions({
    queryKey: ["assets", "events", id, page],
    queryFn: ({ signal }) =>
      get<{ asset_events: AssetEvent[]; total_entries: number }>(
        withQuery("/api/v2/assets/events", { asset_id: id, order_by: "-timestamp", limit: EVENTS_PER_PAGE, offset: (page - 1) * EVENTS_PER_PAGE }),
        signal,
      ),
    placeholderData: keepPreviousData,
  });

/** The drawing of DAGs and assets; `node` ("asset:7", "dag:d"): what leads to it and from it, so many steps. It changes with the DAGs only. */
export const lineageQuery = (node?: string, depth?: number) =>
  queryOptions({
    queryKey: ["structure", "", "lineage", node ?? null, depth ?? null],
    queryFn: ({ signal }) => get<LineageGraph>(withQuery("/ui/lineage", { node, depth }), signal),
    placeholderData: keepPreviousData,
  });

export const nextRunQuery = (dagId: string) =>
  queryOptions({ queryKey: ["assets", "next", dagId], queryFn: ({ signal }) => get<NextRun>(path`/ui/next_run_assets/${dagId}`, signal) });

export const partitionsQuery = (dagId: string) =>
  queryOptions({
    queryKey: ["assets", "partitions", dagId],
    queryFn: ({ signal }) => get<{ partitioned_dag_runs: Partition[]; total: number }>(withQuery("/ui/partitioned_dag_runs", { dag_id: dagId, has_created_dag_run_id: false, limit: 50 }), signal),
  });

export const partitionQuery = (dagId: string, key: string) =>
  queryOptions({
    queryKey: ["assets", "partitions", dagId, key],
    queryFn: ({ signal }) => get<PartitionDetail>(withQuery(path`/ui/pending_partitioned_dag_run/${dagId}`, { partition_key: key }), signal),
  });

export const assetStateQuery = (id: string) =>
  queryOptions({
    queryKey: ["assets", "state", id],
    queryFn: ({ signal }) => get<{ asset_state_store: StateEntry[]; total_entries: number }>(withQuery(path`/api/v2/assets/${id}/state-store`, { limit: 100 }), signal),
  });

export const putState = (id: string, key: string, value: unknown) => put<void>(path`/api/v2/assets/${id}/state-store/${key}`, { value });
export const removeState = (id: string, key: string) => remove(path`/api/v2/assets/${id}/state-store/${key}`);

export const createEvent = (id: number, extra: Record<string, unknown>, partitionKey: string) =>
  post<{ id: number }>("/api/v2/assets/events", { asset_id: id, extra, ...(partitionKey && { partition_key: partitionKey }) });

export const materialize = (id: number, conf: Record<string, unknown>) => post<{ dag_id: string; dag_run_id: string }>(path`/api/v2/assets/${id}/materialize`, { conf });

/** What waits in the queue of a DAG makes no run any more: of one asset, or of all. */
export const clearQueue = (dagId: string, assetId?: number) =>
  remove(assetId === undefined ? path`/api/v2/dags/${dagId}/assets/queuedEvents` : path`/api/v2/dags/${dagId}/assets/${assetId}/queuedEvents`);

/** Seconds between events as they usually come, the median of the latest; null when there are too few. */
export function usualGap(events: readonly { timestamp: string }[]): number | null {
  if (events.length < 3) return null;
  const at = events.map((event) => Date.parse(event.timestamp)).toSorted((a, b) => a - b);
  const gaps = at.slice(1).map((moment, i) => (moment - (at[i] ?? moment)) / 1000).toSorted((a, b) => a - b);
  return gaps[Math.floor(gaps.length / 2)] ?? null;
}
