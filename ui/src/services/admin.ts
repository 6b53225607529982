/** Pages of the installation: connections, variables, pools, processes, triggers, providers, plugins, settings. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { client } from "./client";
import { get, patch, path, post, remove, withQuery } from "./http";
import type { Waiting as HeldBack } from "./types";

export const PAGE = 50;
/** What the server shows in place of a secret, and takes for "as it was". */
export const MASK = "***";
/** Milliseconds between two looks at what no event tells. */
const LOOK_EVERY = 5_000;
/** The same while something is about to happen. */
const LOOK_SOON = 2_000;
/** The past changes slowly, and is read from many rows. */
const PAST_EVERY = 60_000;
/** Entities in one request. */
const AT_ONCE = 500;

export type ListSearch = { search?: string | undefined; order?: string | undefined; page?: number | undefined };

const listOf = (search: ListSearch, pattern: string) => ({
  limit: PAGE,
  offset: ((search.page ?? 1) - 1) * PAGE,
  [pattern]: search.search,
  order_by: search.order,
});

// ---- connections

export type Connection = {
  connection_id: string;
  conn_type: string;
  description: string | null;
  host: string | null;
  login: string | null;
  schema: string | null;
  port: number | null;
  /** Never the password: the mask when there is one. */
  password: string | null;
  extra: string | null;
};
export type FormField = { hidden: boolean; title: string | null; placeholder: string | null };
export type ExtraField = {
  value: string | number | boolean | null;
  description: string | null;
  schema: { title?: string; type?: string | string[]; format?: string; enum?: (string | number)[]; examples?: string[] };
};
export type ConnectionType = {
  connection_type: string;
  hook_name: string;
  package: string | null;
  problem: string | null;
  standard_fields: Record<string, FormField>;
  extra_fields: Record<string, ExtraField>;
};
export type OnConflict = "fail" | "skip" | "overwrite";
export type BulkAnswer = Partial<Record<"create" | "delete", { success: string[]; errors: { error: string; status_code: number }[] } | null>>;

export const connectionsQuery = (search: ListSearch) =>
  queryOptions({
    queryKey: ["connections", search],
    queryFn: ({ signal }) => get<{ connections: Connection[]; total_entries: number }>(withQuery("/api/v2/connections", listOf(search, "connection_id_pattern")), signal),
    placeholderData: keepPreviousData,
  });

export const connectionQuery = (id: string) =>
  queryOptions({
    queryKey: ["connections", "one", id],
    queryFn: ({ signal }) => get<Connection>(path`/api/v2/connections/${id}`, signal),
    staleTime: 0,
  });

export const connectionTypesQuery = queryOptions({
  queryKey: ["connection types"],
  queryFn: ({ signal }) => get<{ connection_types: ConnectionType[]; can_test: boolean; shows_test: boolean }>("/ui/connections/hook_meta", signal),
  // A provider may be installed while the page is open: each form asks anew.
  staleTime: 0,
});

/** `isKept`: the password stays what it is. */
export async function saveConnection(body: Connection, isNew: boolean, isKept: boolean): Promise<void> {
  if (isNew) await post("/api/v2/connections", body);
  else {
    const { password: _, ...rest } = body;
    await patch(path`/api/v2/connections/${body.connection_id}`, isKept ? rest : body);
  }
  await again("connections");
}

export type TestState = { state: "pending" | "running" | "success" | "failed"; result_message: string | null };

/** Tries the connection in a process of its own; asks until it is over. */
export async function tryConnection(body: Connection, signal: AbortSignal): Promise<TestState> {
  const { token } = await post<{ token: string }>("/api/v2/connections/enqueue-test", body);
  for (;;) {
    const found = await get<TestState>("/api/v2/connections/enqueue-test", signal, { "Airflow-Connection-Test-Token": token });
    if (found.state === "success" || found.state === "failed") return found;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

export const makeDefaultConnections = async () => {
  await post("/api/v2/connections/defaults");
  await again("connections");
};

export type Used = { dags: string[]; total_entries: number };
export const whereUsedQuery = (name: string) =>
  queryOptions({ queryKey: ["where used", name], queryFn: ({ signal }) => get<Used>(withQuery("/ui/where_used", { name }), signal) });

// ---- variables

export type Variable = { key: string; value: string | null; description: string | null };

export const variablesQuery = (search: ListSearch) =>
  queryOptions({
    queryKey: ["variables", search],
    queryFn: ({ signal }) => get<{ variables: Variable[]; total_entries: number }>(withQuery("/api/v2/variables", listOf(search, "variable_key_pattern")), signal),
    placeholderData: keepPreviousData,
  });

export async function saveVariable(body: { key: string; description: string | null; value?: string }, isNew: boolean): Promise<void> {
  if (isNew) await post("/api/v2/variables", body);
  else {
    const mask = body.value === undefined ? { update_mask: ["description"] } : {};
    await patch(withQuery(path`/api/v2/variables/${body.key}`, mask), { value: "", ...body });
  }
  await again("variables");
}

// ---- many at once

export type Kind = "connections" | "variables" | "pools";
export type Result = { done: number; errors: string[] };

/** Makes many; `entities` as the REST API takes them. */
export async function importAll(kind: Kind, entities: unknown[], onConflict: OnConflict): Promise<Result> {
  const result: Result = { done: 0, errors: [] };
  for (let at = 0; at < entities.length; at += AT_ONCE) {
    const action = { action: "create", entities: entities.slice(at, at + AT_ONCE), action_on_existence: onConflict };
    const { create } = await patch<BulkAnswer>(`/api/v2/${kind}`, { actions: [action] });
    result.done += create?.success.length ?? 0;
    result.errors.push(...(create?.errors ?? []).map((one) => one.error));
  }
  await again(kind);
  return result;
}

export async function deleteAll(kind: Kind, names: string[]): Promise<Result> {
  const action = { action: "delete", entities: names, action_on_non_existence: "skip" };
  const answer = await patch<BulkAnswer>(`/api/v2/${kind}`, { actions: [action] });
  await again(kind);
  return { done: answer.delete?.success.length ?? 0, errors: (answer.delete?.errors ?? []).map((one) => one.error) };
}

const again = (key: string) => client.invalidateQueries({ queryKey: [key] });

// ---- pools

export type Pool = {
  name: string;
  slots: number;
  description: string | null;
  include_deferred: boolean;
  occupied_slots: number;
  running_slots: number;
  queued_slots: number;
  scheduled_slots: number;
  deferred_slots: number;
  open_slots: number;
};
export type Waiting = {
  total_entries: number;
  looked_at: number;
  reasons: { name: string; count: number }[];
  instances: { dag_id: string; run_id: string; task_id: string; map_index: number; since: string | null; waiting: HeldBack[] }[];
};

export const poolsQuery = (page: number) =>
  queryOptions({
    queryKey: ["pools", "list", page],
    queryFn: ({ signal }) => get<{ pools: Pool[]; total_entries: number }>(withQuery("/api/v2/pools", { limit: PAGE, offset: (page - 1) * PAGE }), signal),
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_EVERY,
  });
export const waitingQuery = (pool: string) =>
  queryOptions({ queryKey: ["pools", "waiting", pool], queryFn: ({ signal }) => get<Waiting>(withQuery("/ui/pools/waiting", { pool }), signal), refetchInterval: LOOK_EVERY });

export type PoolPast = { taken: number[]; waiting: number[] };
export type PoolsPast = { since: string; seconds: number; pools: Record<string, PoolPast>; more: boolean };
/** The mean of each quarter of an hour of the last day. */
export const poolsPastQuery = queryOptions({
  queryKey: ["pools", "past"],
  queryFn: ({ signal }) => get<PoolsPast>("/ui/pools/past", signal),
  refetchInterval: PAST_EVERY,
});

export type Queue = { name: string; running: number; waiting: number; deferred: number };
export const queuesQuery = queryOptions({
  queryKey: ["queues"],
  queryFn: ({ signal }) => get<{ queues: Queue[] }>("/ui/queues", signal),
  refetchInterval: LOOK_EVERY,
});

export async function savePool(body: Pick<Pool, "name" | "slots" | "description" | "include_deferred">, isNew: boolean): Promise<void> {
  if (isNew) await post("/api/v2/pools", body);
  else {
    // The default pool keeps its description.
    const { description, ...rest } = body;
    await patch(path`/api/v2/pools/${body.name}`, body.name === "default_pool" ? rest : { ...rest, description });
  }
  await again("pools");
}
export async function deletePool(name: string): Promise<void> {
  await remove(path`/api/v2/pools/${name}`);
  await again("pools");
}

// ---- processes, triggers

export type Process = {
  id: string;
  kind: "scheduler" | "triggerer" | "dag_processor" | "worker";
  hostname: string;
  pid: number;
  version: string;
  health: "healthy" | "stalled" | "dead" | "absent" | "stopped";
  started_at: string;
  heartbeat_at: string;
  progress_at: string | null;
  stopped_at: string | null;
  running: number;
  queued: number;
  /** Most tasks at once; 0: it did not say. */
  parallelism: number;
  runs: number;
  /** asked: it has not heard of it. drained: nothing of it runs. null: it starts tasks. */
  drain: "asked" | "draining" | "drained" | null;
  drain_asked_at: string | null;
  drains_since: string | null;
};
export type Processes = { processes: Process[]; parsing: { files: number; last_parsed: string | null }; now: string };
export const processesQuery = queryOptions({
  queryKey: ["processes"],
  queryFn: ({ signal }) => get<Processes>("/ui/processes", signal),
  refetchInterval: ({ state }) => (state.data?.processes.some(({ drain }) => drain === "asked" || drain === "draining") ? LOOK_SOON : LOOK_EVERY),
});
/** Lets an engine start no more tasks, or work again. */
export async function drainEngine(id: string, drain: boolean): Promise<void> {
  await post(path`/ui/processes/${id}/drain`, { drain });
  await Promise.all([again("processes"), again("health")]);
}

export type Trigger = {
  id: number;
  classpath: string;
  queue: string | null;
  created_at: string;
  timeout_at: string | null;
  dag_id: string;
  run_id: string;
  task_id: string;
  map_index: number;
  engine: string | null;
};
export const triggersQuery = (page: number) =>
  queryOptions({
    queryKey: ["triggers", page],
    queryFn: ({ signal }) => get<{ triggers: Trigger[]; total_entries: number; classes: Record<string, number> }>(withQuery("/ui/triggers", { limit: PAGE, offset: (page - 1) * PAGE }), signal),
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_EVERY,
  });

// ---- facts

export type Provider = { package_name: string; description: string; version: string; documentation_url: string | null };
export type Plugin = { name: string; source: string } & Record<string, unknown>;
export type ConfigSection = { name: string; options: { key: string; value: string }[] };

export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => get<{ providers: Provider[] }>("/api/v2/providers?limit=100", signal),
});
export const pluginsQuery = queryOptions({
  queryKey: ["plugins"],
  queryFn: async ({ signal }) => ({
    ...(await get<{ plugins: Plugin[] }>("/api/v2/plugins?limit=100", signal)),
    ...(await get<{ import_errors: { source: string; error: string }[] }>("/api/v2/plugins/importErrors", signal)),
  }),
});
export const configQuery = queryOptions({
  queryKey: ["config"],
  queryFn: ({ signal }) => get<{ sections: ConfigSection[] }>("/api/v2/config", signal),
  retry: false,
});

export type Deadline = { id: number; deadline_time: string; missed: boolean; dag_id: string; dag_run_id: string; alert_name: string | null; kind: "deadline" | "sla"; task_id: string | null };
export const deadlinesQuery = (search: { missed?: boolean | undefined; page?: number | undefined }) =>
  queryOptions({
    queryKey: ["deadlines", search],
    queryFn: ({ signal }) =>
      get<{ deadlines: Deadline[]; total_entries: number }>(
        withQuery("/ui/dags/~/dagRuns/~/deadlines", { limit: PAGE, offset: ((search.page ?? 1) - 1) * PAGE, missed: search.missed, order_by: "-deadline_time" }),
        signal,
      ),
    placeholderData: keepPreviousData,
  });

export type XComRow = { key: string; timestamp: string; dag_id: string; run_id: string; task_id: string; map_index: number };
export type XComSearch = { dag?: string | undefined; run?: string | undefined; task?: string | undefined; key?: string | undefined; page?: number | undefined };
export const xcomsQuery = (search: XComSearch) =>
  queryOptions({
    queryKey: ["xcoms", search],
    queryFn: ({ signal }) =>
      get<{ xcom_entries: XComRow[]; total_entries: number }>(
        withQuery("/api/v2/dags/~/dagRuns/~/taskInstances/~/xcomEntries", {
          limit: PAGE,
          offset: ((search.page ?? 1) - 1) * PAGE,
          dag_display_name_pattern: search.dag,
          run_id_pattern: search.run,
          task_id_pattern: search.task,
          xcom_key_pattern: search.key,
          order_by: "-timestamp",
        }),
        signal,
      ),
    placeholderData: keepPreviousData,
  });
export const xcomValueQuery = (row: XComRow) =>
  queryOptions({
    queryKey: ["xcoms", "value", row.dag_id, row.run_id, row.task_id, row.map_index, row.key],
    queryFn: ({ signal }) =>
      get<{ value: unknown }>(
        withQuery(path`/api/v2/dags/${row.dag_id}/dagRuns/${row.run_id}/taskInstances/${row.task_id}/xcomEntries/${row.key}`, { map_index: row.map_index, stringify: false }),
        signal,
      ),
  });
