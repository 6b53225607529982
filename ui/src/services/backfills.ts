/** Backfills of a DAG: list, dates, look ahead, order, pause, cancel. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { get, path, post, put, withQuery } from "./http";
import type { RunState } from "./types";

export type Reprocess = "none" | "failed" | "completed";
export type Backfill = {
  id: number;
  dag_id: string;
  from_date: string;
  to_date: string;
  dag_run_conf: Record<string, unknown>;
  is_paused: boolean;
  reprocess_behavior: Reprocess;
  run_backwards: boolean;
  run_on_latest_version: boolean | null;
  max_active_runs: number;
  created_at: string;
  completed_at: string | null;
  triggering_user: string | null;
  is_planned: boolean;
  dates: Partial<Record<RunState | "left", number>>;
};
export type BackfillDate = { logical_date: string | null; partition_key: string | null; run_id: string | null; state: RunState | null; reason: string | null };
export type BackfillOrder = {
  dag_id: string;
  from_date: string;
  to_date: string;
  run_backwards: boolean;
  dag_run_conf: Record<string, unknown>;
  reprocess_behavior: Reprocess;
  max_active_runs: number;
  run_on_latest_version: boolean;
};
export type PlannedRun = { logical_date: string | null; partition_key: string | null; partition_date: string | null };

export const BACKFILLS_PER_PAGE = 25;

// The keys begin alike, so that a change of a run reaches list and dates.
export const backfillsQuery = (dagId: string, page: number) =>
  queryOptions({
    queryKey: ["backfills", dagId, "list", page],
    queryFn: ({ signal }) =>
      get<{ backfills: Backfill[]; total_entries: number }>(
        withQuery("/ui/backfills", { dag_id: dagId, limit: BACKFILLS_PER_PAGE, offset: (page - 1) * BACKFILLS_PER_PAGE }),
        signal,
      ),
    placeholderData: keepPreviousData,
  });

export const backfillDatesQuery = (dagId: string, id: number) =>
  queryOptions({
    queryKey: ["backfills", dagId, "dates", id],
    queryFn: ({ signal }) => get<{ dates: BackfillDate[]; total: number }>(path`/ui/backfills/${id}/dates`, signal),
  });

export const backfillableQuery = (dagId: string) =>
  queryOptions({
    queryKey: ["dag", dagId, "backfillable"],
    queryFn: ({ signal }) => get<{ reason: "unscheduled" | "not_periodic" | null }>(path`/ui/dags/${dagId}/backfillable`, signal),
  });

/** The runs that an order would make. */
export const lookAheadQuery = (order: BackfillOrder) =>
  queryOptions({
    queryKey: ["backfills", order.dag_id, "ahead", order],
    queryFn: () => post<{ backfills: PlannedRun[]; total_entries: number }>("/api/v2/backfills/dry_run", order),
    staleTime: 0,
    placeholderData: keepPreviousData,
  });

export const orderBackfill = (order: BackfillOrder) => post<{ id: number }>("/api/v2/backfills", order);

export const actOnBackfill = (id: number, act: "pause" | "unpause" | "cancel") => put<unknown>(path`/api/v2/backfills/${id}/${act}`);
