/** What a task instance keeps from one try to the next. */

import { queryOptions } from "@tanstack/react-query";

import { get, patch, path, put, remove, withQuery } from "./http";
import type { InstanceKey } from "./instances";

export type StateEntry = { key: string; value: unknown; updated_at: string; expires_at: string | null };
export const STATES_PER_PAGE = 50;

const base = (at: InstanceKey) => path`/api/v2/dags/${at.dagId}/dagRuns/${at.runId}/taskInstances/${at.taskId}/state-store`;
// A key may hold slashes, which stay as they are.
const one = (at: InstanceKey, key: string) => withQuery(`${base(at)}/${key.split("/").map(encodeURIComponent).join("/")}`, { map_index: at.mapIndex });

export const statesQuery = (at: InstanceKey, page: number) =>
  queryOptions({
    queryKey: ["instance", at.dagId, at.runId, at.taskId, at.mapIndex, "state", page],
    queryFn: ({ signal }) =>
      get<{ task_state_store: StateEntry[]; total_entries: number }>(
        withQuery(base(at), { map_index: at.mapIndex, limit: STATES_PER_PAGE, offset: (page - 1) * STATES_PER_PAGE }),
        signal,
      ),
  });

/** Writes a key; one that is there expires when it did, a new one as the installation's setting says. */
export const writeState = (at: InstanceKey, key: string, value: unknown, isNew: boolean) =>
  isNew ? put<void>(one(at, key), { value, expires_at: "default" }) : patch<unknown>(one(at, key), { value });

export const removeState = (at: InstanceKey, key: string) => remove(one(at, key));

export const clearStates = (at: InstanceKey) => remove(withQuery(base(at), { map_index: at.mapIndex }));
