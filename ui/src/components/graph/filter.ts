/** Which nodes of the graph the address asks for. Pure. */

import type { GraphSearch } from "../../routes/graph";
import type { Graph, RunStates } from "../../services/graph";
import { taskIndex } from "../../services/graph";
import { isGroup, nodeId } from "./look";
import { type Neighbours, reach } from "./paths";

/** A node in the address. */
export function nodeRef(graph: Graph, node: number): string {
  const tasks = graph.tasks.length;
  if (node < tasks) return graph.tasks[node] ?? "";
  if (node < tasks + graph.groups.length) return `group:${nodeId(graph, node)}`;
  const extra = graph.extras[node - tasks - graph.groups.length];
  return `${extra?.kind}:${extra?.role}:${extra?.label}`;
}

export function findNode(graph: Graph, ref: string | undefined): number {
  if (ref === undefined) return -1;
  const task = taskIndex(graph).get(ref);
  if (task !== undefined) return task;
  for (let node = graph.tasks.length; node < graph.parents.length; node++) if (nodeRef(graph, node) === ref) return node;
  return -1;
}

const FAILED = new Set(["failed", "upstream_failed"]);

/** The tasks in these states; of mapped tasks one instance is enough. */
export function tasksIn(graph: Graph, states: RunStates, wanted: ReadonlySet<string>): number[] {
  return graph.tasks.flatMap((_, task) => {
    const mapped = states.mapped[task];
    const isIn = mapped ? Object.keys(mapped).some((state) => wanted.has(state)) : wanted.has(states.codes[states.states[task] ?? "-"] ?? "");
    return isIn ? [task] : [];
  });
}

export const failedTasks = (graph: Graph, states: RunStates): number[] => tasksIn(graph, states, FAILED);

/** The tasks of a group and of all groups in it. */
export function tasksInside(graph: Graph, group: number): number[] {
  const isInside = (node: number): boolean => node === group || (node >= 0 && isInside(graph.parents[node] ?? -1));
  return graph.tasks.flatMap((_, task) => (isInside(task) ? [task] : []));
}

/** Null = all nodes. */
export function wantedNodes(graph: Graph, near: Neighbours, states: RunStates | undefined, search: GraphSearch): Set<number> | null {
  let wanted: Set<number> | null = null;
  const keep = (some: Set<number>) => {
    wanted = wanted === null ? some : new Set([...wanted].filter((node) => some.has(node)));
  };
  if (search.of !== undefined) {
    const root = findNode(graph, search.of);
    const side = search.side ?? "both";
    const depth = search.depth ?? Number.POSITIVE_INFINITY;
    if (isGroup(graph, root)) keep(new Set(tasksInside(graph, root)));
    else if (root >= 0) {
      const up = side === "down" ? [] : reach([root], near.up, depth);
      keep(new Set([root, ...up, ...(side === "up" ? [] : reach([root], near.down, depth))]));
    }
  }
  if (search.only !== undefined && states) {
    if (search.only === "failing") keep(reach(failedTasks(graph, states), near.up));
    else keep(new Set(tasksIn(graph, states, new Set([search.only]))));
  }
  return wanted;
}

/** Tasks and groups whose id has these letters. */
export function matching(graph: Graph, text: string | undefined): number[] | null {
  const wanted = text?.trim().toLowerCase();
  if (!wanted) return null;
  return graph.parents.flatMap((_, node) => (nodeId(graph, node).toLowerCase().includes(wanted) || graph.labels[node]?.toLowerCase().includes(wanted) ? [node] : []));
}
