/** What the grid shows: rows from the structure of the DAG, cells from the packed runs. Pure. */

import type { Counts, Grid, GridRun, GroupNode, Structure, TaskNode, TaskState } from "../../services/types";

export type Row =
  | { kind: "task"; id: string; label: string; depth: number; node: TaskNode | null; isGone: boolean }
  | { kind: "group"; id: string; label: string; depth: number; node: GroupNode; isOpen: boolean; tasks: string[] };

export type Column = { run: GridRun; codes: Grid["codes"]; rowOf: Map<string, number> };

export type Cell = { state: TaskState; tries: number; counts: Counts | null; total: number };

/** Which state stands for many: what needs a person first, what is finished last. */
const WEIGHT: TaskState[] = [
  "failed",
  "upstream_failed",
  "up_for_retry",
  "awaiting_input",
  "restarting",
  "running",
  "queued",
  "scheduled",
  "up_for_reschedule",
  "deferred",
  "none",
  "success",
  "skipped",
  "removed",
];
export const STATE_ORDER: readonly TaskState[] = WEIGHT;

const GROUP = "group:";

/** Above this many tasks groups begin folded. */
export const FOLD_ABOVE = 200;

export function columnsOf(pages: Grid[]): Column[] {
  return pages
    .flatMap((page) => {
      const rowOf = rowIndex(page.rows);
      return page.runs.map((run) => ({ run, codes: page.codes, rowOf }));
    })
    .reverse();
}

const indexes = new WeakMap<Grid["rows"], Map<string, number>>();

function rowIndex(rows: Grid["rows"]): Map<string, number> {
  let index = indexes.get(rows);
  if (!index) {
    index = new Map(rows.map((row, i) => [row.task_id, i]));
    indexes.set(rows, index);
  }
  return index;
}

/** Rows from the top: groups with their tasks below them, then tasks that only older runs have. */
export function rowsOf(structure: Structure, pages: Grid[], isOpen: (groupId: string) => boolean, filter: string): Row[] {
  const tasks = new Map(structure.tasks.map((task) => [task.task_id, task]));
  const groups = new Map(structure.groups.map((group) => [group.group_id, group]));
  const wanted = filter.trim().toLowerCase();
  const rows: Row[] = [];
  const tasksBelow = (children: string[]): string[] =>
    children.flatMap((child) => (child.startsWith(GROUP) ? tasksBelow(groups.get(child.slice(GROUP.length))?.children ?? []) : [child]));
  const walk = (children: string[], depth: number) => {
    for (const child of children) {
      if (child.startsWith(GROUP)) {
        const node = groups.get(child.slice(GROUP.length));
        if (!node) continue;
        const below = tasksBelow(node.children);
        if (wanted && !below.some((id) => id.toLowerCase().includes(wanted))) continue;
        const open = wanted !== "" || isOpen(node.group_id);
        rows.push({ kind: "group", id: node.group_id, label: node.label, depth, node, isOpen: open, tasks: below });
        if (open) walk(node.children, depth + 1);
      } else if (!wanted || child.toLowerCase().includes(wanted)) {
        const node = tasks.get(child) ?? null;
        rows.push({ kind: "task", id: child, label: node?.label ?? child, depth, node, isGone: false });
      }
    }
  };
  walk(structure.roots, 0);
  const gone = new Set(pages.flatMap((page) => page.rows.filter((row) => row.gone).map((row) => row.task_id)));
  for (const id of gone) {
    if (!tasks.has(id) && id.toLowerCase().includes(wanted)) rows.push({ kind: "task", id, label: id, depth: 0, node: null, isGone: true });
  }
  return rows;
}

/** The cell of a task in a run; null when the run has no such task. */
export function taskCell(column: Column, taskId: string): Cell | null {
  const row = column.rowOf.get(taskId);
  if (row === undefined) return null;
  const state = column.codes[column.run.states[row] ?? "-"];
  if (state === undefined) return null;
  const counts = column.run.mapped[row] ?? null;
  return { state, tries: column.run.tries[row] ?? 1, counts, total: counts ? sum(counts) : 1 };
}

/** Many tasks as one cell. */
export function groupCell(column: Column, taskIds: string[]): Cell | null {
  const counts: Counts = {};
  let tries = 1;
  for (const id of taskIds) {
    const cell = taskCell(column, id);
    if (!cell) continue;
    tries = Math.max(tries, cell.tries);
    for (const [state, n] of Object.entries(cell.counts ?? { [cell.state]: 1 }) as [TaskState, number][]) counts[state] = (counts[state] ?? 0) + n;
  }
  const state = WEIGHT.find((one) => counts[one]);
  return state === undefined ? null : { state, tries, counts, total: sum(counts) };
}

export function cellOf(column: Column, row: Row): Cell | null {
  return row.kind === "task" ? taskCell(column, row.id) : groupCell(column, row.tasks);
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((all, n) => all + n, 0);
}

/** Counts by state, the weightiest first. */
export function ordered(counts: Counts): [TaskState, number][] {
  return WEIGHT.filter((state) => counts[state]).map((state) => [state, counts[state] ?? 0]);
}
