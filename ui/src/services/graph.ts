/** The drawing of a DAG version, the states of a run on it, and the tasks that the run waited for. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { get, path, reading, withQuery } from "./http";
import type { Counts, GroupNode, RunState, Structure, TaskState } from "./types";

export type GraphGroup = { group_id: string; label: string; tooltip: string; is_mapped: boolean };
export type GraphExtra = {
  kind: "asset" | "alias" | "dag";
  label: string;
  target: string;
  role: "schedule" | "outlet" | "inlet" | "trigger" | "sensor";
};
/** Nodes are numbers: tasks, then groups, then extras. An entry of a layer below 0 is a bend of edge -entry - 1. */
export type GraphLevel = { group: number; layers: number[][]; edges: number[] };
export type Graph = {
  version_number: number;
  tasks: string[];
  labels: string[];
  operators: string[];
  operator: number[];
  rules: string[];
  rule: number[];
  flags: number[];
  parents: number[];
  groups: GraphGroup[];
  extras: GraphExtra[];
  edges: number[];
  edge_labels: Record<string, string>;
  levels: GraphLevel[];
};

export const FLAG = { mapped: 1, setup: 2, teardown: 4, sensor: 8 } as const;

export type RunStates = {
  run_id: string;
  run_state: RunState;
  version_number: number;
  codes: Record<string, TaskState>;
  states: string;
  mapped: Record<string, Counts>;
  tries: Record<string, number>;
  /** Versions that the task instances have, the newest first; empty when they all have that of the run. */
  versions: number[];
  start_date: string | null;
  end_date: string | null;
};

export type CriticalStep = { task_id: string; start: string; end: string; after: string | null; waited: number; in_queue: number };

/** The forecast of a run's end; without `end` there is no earlier run to learn from. */
export type Expected = { end: string | null; runs: number; tasks: { task_id: string; start: string; end: string; is_known: boolean }[] };
export type Critical = { server_time: string; steps: CriticalStep[]; expected: Expected | null };

/** Which version is drawn: one by its number, the one of a run, or the latest. */
export type Drawn = { version?: number | undefined; run?: string | undefined };

// The key begins as that of the structure, so that whatever makes that old makes this old, too.
export const graphQuery = (dagId: string, drawn: Drawn = {}) =>
  queryOptions({
    queryKey: ["structure", dagId, "graph", drawn.version ?? null, drawn.version === undefined ? (drawn.run ?? null) : null],
    ...reading<Graph>(withQuery(path`/ui/dags/${dagId}/graph`, { version_number: drawn.version, run_id: drawn.version === undefined ? drawn.run : undefined })),
    placeholderData: (old, query) => (query?.queryKey[1] === dagId ? old : undefined),
  });

/** `version`: in the order of that version's graph instead of the run's. */
export const runStatesQuery = (dagId: string, runId: string, version?: number) =>
  queryOptions({
    queryKey: ["run", dagId, runId, "states", ...(version === undefined ? [] : [version])],
    ...reading<RunStates>(withQuery(path`/ui/dags/${dagId}/runs/${runId}/states`, { version_number: version })),
    placeholderData: keepPreviousData,
  });

export const criticalQuery = (dagId: string, runId: string) =>
  queryOptions({
    queryKey: ["run", dagId, runId, "critical"],
    queryFn: ({ signal }) => get<Critical>(path`/ui/dags/${dagId}/runs/${runId}/critical`, signal),
  });

export const versionsQuery = (dagId: string) =>
  queryOptions({
    queryKey: ["structure", dagId, "versions"],
    queryFn: ({ signal }) =>
      get<{ dag_versions: { version_number: number; created_at: string }[] }>(
        withQuery(path`/api/v2/dags/${dagId}/dagVersions`, { limit: 100, order_by: "-version_number" }),
        signal,
      ),
  });

const indexes = new WeakMap<string[], Map<string, number>>();

/** Number of a task by its id. */
export function taskIndex(graph: Graph): Map<string, number> {
  let index = indexes.get(graph.tasks);
  if (!index) {
    index = new Map(graph.tasks.map((id, i) => [id, i]));
    indexes.set(graph.tasks, index);
  }
  return index;
}

const GROUP = "group:";

/** The same version as lists of tasks and groups in the order of display: for the grid and other rows. */
export function structureOf(graph: Graph): Structure {
  const count = graph.tasks.length;
  const groupId = (node: number) => (node < 0 ? "" : (graph.groups[node - count]?.group_id ?? ""));
  const children = new Map<number, string[]>();
  const childrenOf = (node: number) => children.get(node) ?? children.set(node, []).get(node) ?? [];
  const placed = new Set<number>();
  const put = (node: number, name: string) => {
    const parent = graph.parents[node] ?? -1;
    childrenOf(parent).push(name);
    if (parent >= 0 && !placed.has(parent)) {
      placed.add(parent);
      put(parent, GROUP + groupId(parent));
    }
  };
  graph.tasks.forEach((id, i) => put(i, id));
  graph.groups.forEach((group, i) => {
    if (!placed.has(count + i)) put(count + i, GROUP + group.group_id);
  });
  return {
    version_number: graph.version_number,
    tasks: graph.tasks.map((id, i) => ({
      task_id: id,
      label: graph.labels[i] ?? id,
      group_id: groupId(graph.parents[i] ?? -1),
      operator: graph.operators[graph.operator[i] ?? 0] ?? "",
      trigger_rule: graph.rules[graph.rule[i] ?? 0] ?? "",
      is_mapped: ((graph.flags[i] ?? 0) & FLAG.mapped) !== 0,
      is_setup: ((graph.flags[i] ?? 0) & FLAG.setup) !== 0,
      is_teardown: ((graph.flags[i] ?? 0) & FLAG.teardown) !== 0,
      ui_color: "",
      ui_fgcolor: "",
      doc_md: null,
    })),
    groups: graph.groups.map(
      (group, i): GroupNode => ({
        group_id: group.group_id,
        label: group.label,
        parent: groupId(graph.parents[count + i] ?? -1),
        tooltip: group.tooltip,
        is_mapped: group.is_mapped,
        ui_color: "",
        ui_fgcolor: "",
        children: childrenOf(count + i),
      }),
    ),
    edges: [],
    roots: childrenOf(-1),
  };
}
