/** What the grid shows: rows from the structure of the DAG, cells from the packed runs. Pure. */

import { rowIndex } from "../../services/gridCache";
import type { Counts, Grid, GridRun, GroupNode, Structure, TaskNode, TaskState } from "../../services/types";

export type Row =
  | { kind: "task"; id: string; label: string; depth: number; node: TaskNode | null; isGone: boolean }
  | { kind: "group"; id: string; label: string; depth: number; node: GroupNode; isOpen: boolean; tasks: string[] };

export type Column = { run: GridRun; codes: Grid["codes"]; rowOf: Map<string, number> };

export type Cell = { state: TaskState; tries: number; counts: Counts | null; total: number; isNoted: boolean };

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

/** What the rows are made of; `only` = tasks to show, null = all. */
export type RowChoice = { isOpen: (groupId: string) => boolean; filter: string; only?: ReadonlySet<string> | null };

/** Tasks that only older runs have. */
export function goneTasks(pages: Grid[]): string[] {
  return [...new Set(pages.flatMap((page) => page.rows.filter((row) => row.gone).map((row) => row.task_id)))];
}

/** Rows from the top: groups with their tasks below them, then tasks that only older runs have. */
export function rowsOf(structure: Structure, gone: string[], { isOpen, filter, only = null }: RowChoice): Row[] {
  const tasks = new Map(structure.tasks.map((task) => [task.task_id, task]));
  const groups = new Map(structure.groups.map((group) => [group.group_id, group]));
  const text = filter.trim().toLowerCase();
  const isFiltered = text !== "" || only !== null;
  const isWanted = (id: string) => (only === null || only.has(id)) && (text === "" || id.toLowerCase().includes(text));
  const rows: Row[] = [];
  const tasksBelow = (children: string[]): string[] =>
    children.flatMap((child) => (child.startsWith(GROUP) ? tasksBelow(groups.get(child.slice(GROUP.length))?.children ?? []) : [child]));
  const walk = (children: string[], depth: number) => {
    for (const child of children) {
      if (child.startsWith(GROUP)) {
        const node = groups.get(child.slice(GROUP.length));
        if (!node) continue;
        const all = tasksBelow(node.children);
        const below = isFiltered ? all.filter(isWanted) : all;
        if (isFiltered && !below.length) continue;
        const open = text !== "" || isOpen(node.group_id);
        rows.push({ kind: "group", id: node.group_id, label: node.label, depth, node, isOpen: open, tasks: below });
        if (open) walk(node.children, depth + 1);
      } else if (isWanted(child)) {
        const node = tasks.get(child) ?? null;
        rows.push({ kind: "task", id: child, label: node?.label ?? child, depth, node, isGone: false });
      }
    }
  };
  walk(structure.roots, 0);
  if (only === null) for (const id of gone) if (!tasks.has(id) && isWanted(id)) rows.push({ kind: "task", id, label: id, depth: 0, node: null, isGone: true });
  return rows;
}

/** The cell of a task in a run; null when the run has no such task. */
export function taskCell(column: Column, taskId: string): Cell | null {
  const row = column.rowOf.get(taskId);
  if (row === undefined) return null;
  const state = column.codes[column.run.states[row] ?? "-"];
  if (state === undefined) return null;
  const counts = column.run.mapped[row] ?? null;
  return { state, tries: column.run.tries[row] ?? 1, counts, total: counts ? sum(counts) : 1, isNoted: column.run.noted.includes(row) };
}

const places = new WeakMap<Column["rowOf"], WeakMap<string[], number[]>>();

/** The rows of these tasks; runs that were read together share them. */
function rowsOfTasks(rowOf: Column["rowOf"], taskIds: string[]): number[] {
  let ofColumn = places.get(rowOf);
  if (!ofColumn) {
    ofColumn = new WeakMap();
    places.set(rowOf, ofColumn);
  }
  let found = ofColumn.get(taskIds);
  if (!found) {
    found = taskIds.flatMap((id) => rowOf.get(id) ?? []);
    ofColumn.set(taskIds, found);
  }
  return found;
}

const groupCells = new WeakMap<GridRun, WeakMap<string[], Cell | null>>();

/** Many tasks as one cell. */
export function groupCell(column: Column, taskIds: string[]): Cell | null {
  let ofRun = groupCells.get(column.run);
  if (!ofRun) {
    ofRun = new WeakMap();
    groupCells.set(column.run, ofRun);
  }
  const known = ofRun.get(taskIds);
  if (known !== undefined) return known;
  const made = sumOf(column, rowsOfTasks(column.rowOf, taskIds));
  ofRun.set(taskIds, made);
  return made;
}

function sumOf({ run, codes }: Column, rows: number[]): Cell | null {
  const counts: Counts = {};
  let tries = 1;
  for (const row of rows) {
    const state = codes[run.states[row] ?? "-"];
    if (state === undefined) continue;
    tries = Math.max(tries, run.tries[row] ?? 1);
    const mapped = run.mapped[row];
    if (mapped) for (const [one, n] of Object.entries(mapped) as [TaskState, number][]) counts[one] = (counts[one] ?? 0) + n;
    else counts[state] = (counts[state] ?? 0) + 1;
  }
  const state = WEIGHT.find((one) => counts[one]);
  return state === undefined ? null : { state, tries, counts, total: sum(counts), isNoted: rows.some((row) => run.noted.includes(row)) };
}

export function cellOf(column: Column, row: Row): Cell | null {
  return row.kind === "task" ? taskCell(column, row.id) : groupCell(column, row.tasks);
}

const TROUBLED = new Set<TaskState>(["failed", "upstream_failed", "up_for_retry"]);

/** The tasks that failed, or may yet, in one of these runs; of a mapped task one instance is enough. */
export function troubled(columns: Column[]): Set<string> {
  const found = new Set<string>();
  for (const { rowOf, run, codes } of columns)
    for (const [taskId, row] of rowOf) {
      if (found.has(taskId)) continue;
      const mapped = run.mapped[row];
      const state = codes[run.states[row] ?? "-"];
      if (mapped ? Object.keys(mapped).some((one) => TROUBLED.has(one as TaskState)) : state !== undefined && TROUBLED.has(state)) found.add(taskId);
    }
  return found;
}

/** Cells of failed tasks, the newest run first, from the top: what "next failure" goes through. */
export function failures(rows: Row[], columns: Column[]): { row: number; column: number }[] {
  const found: { row: number; column: number }[] = [];
  for (let column = columns.length - 1; column >= 0; column--) {
    const at = columns[column];
    if (!at) continue;
    rows.forEach((row, i) => {
      const state = cellOf(at, row)?.state;
      if ((state === "failed" || state === "upstream_failed") && (row.kind === "task" || !row.isOpen)) found.push({ row: i, column });
    });
  }
  return found;
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((all, n) => all + n, 0);
}

/** Counts by state, the weightiest first. */
export function ordered(counts: Counts): [TaskState, number][] {
  return WEIGHT.filter((state) => counts[state]).map((state) => [state, counts[state] ?? 0]);
}
