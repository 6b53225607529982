/** Starting a run: the request, what it would be, and configurations of earlier runs. */

import { queryOptions } from "@tanstack/react-query";

import { get, path, post, withQuery } from "./http";

export type TriggerRequest = {
  conf: Record<string, unknown>;
  logical_date: string | null;
  dag_run_id?: string;
  note?: string;
  partition_key?: string;
};
export type ManualRun = { logical_date: string; data_interval_start: string | null; data_interval_end: string | null };
type EarlierRun = { dag_run_id: string; run_after: string; conf: Record<string, unknown> | null };

export const trigger = (dagId: string, request: TriggerRequest) => post<{ dag_run_id: string }>(path`/api/v2/dags/${dagId}/dagRuns`, request);

/** What a run by hand of this moment would be about. */
export const manualRunQuery = (dagId: string, logicalDate: string) =>
  queryOptions({
    queryKey: ["manual_run", dagId, logicalDate],
    queryFn: ({ signal }) => get<ManualRun>(withQuery(path`/ui/dags/${dagId}/manual_run`, { logical_date: logicalDate }), signal),
  });

/** Earlier runs that had a configuration, each configuration once, the latest first. */
export const earlierRunsQuery = (dagId: string) =>
  queryOptions({
    queryKey: ["earlier_runs", dagId],
    queryFn: async ({ signal }) => {
      const { dag_runs } = await get<{ dag_runs: EarlierRun[] }>(withQuery(path`/api/v2/dags/${dagId}/dagRuns`, { order_by: "-run_after", limit: 50 }), signal);
      const seen = new Set<string>();
      return dag_runs.filter(({ conf }) => {
        const text = JSON.stringify(conf ?? {});
        return text !== "{}" && !seen.has(text) && seen.add(text);
      });
    },
    staleTime: 0,
  });
