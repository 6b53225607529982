/** Rows and bars of a run in time. Moments are milliseconds. Pure. */

import type { BarKind, Gantt, GanttBar, GanttRow } from "../../services/gantt";
import type { Structure, TaskState } from "../../services/types";

export type Bar = { kind: BarKind; tryNumber: number; start: number; end: number | null; state: TaskState | "" };
export type Row = {
  key: string;
  kind: "group" | "task" | "instance";
  /** Of a task its id, of a group its id. */
  id: string;
  label: string;
  depth: number;
  mapIndex: number;
  state: TaskState | null;
  /** Null = nothing to fold. */
  isOpen: boolean | null;
  instances: number;
  bars: Bar[];
};
export type Span = { from: number; to: number };

const GROUP = "group:";

export const moment = (text: string): number => Date.parse(text);

const bar = ([kind, tryNumber, start, end, state]: GanttBar): Bar => ({ kind, tryNumber, start: moment(start), end: end === null ? null : moment(end), state });

type Choice = {
  /** Without groups the tasks stand in the order in which they began. */
  hasGroups: boolean;
  isOpen: (groupId: string) => boolean;
  /** Instances of the mapped tasks that are unfolded; undefined while they are read. */
  instances: Map<string, GanttRow[] | undefined>;
  filter: string;
  /** Which tasks are shown; absent = all. */
  keeps?: (row: GanttRow) => boolean;
};

export function rowsOf(gantt: Gantt, structure: Structure, { hasGroups, isOpen, instances, filter, keeps }: Choice): Row[] {
  const found = new Map(gantt.rows.map((row) => [row.task_id, row]));
  const labels = new Map(structure.tasks.map((task) => [task.task_id, task.label]));
  const groups = new Map(structure.groups.map((group) => [group.group_id, group]));
  const wanted = filter.trim().toLowerCase();
  const isFiltered = wanted !== "" || keeps !== undefined;
  const isShown = (row: GanttRow) => (!wanted || row.task_id.toLowerCase().includes(wanted)) && (!keeps || keeps(row));
  const rows: Row[] = [];
  const addTask = (row: GanttRow, label: string, depth: number) => {
    if (!isShown(row)) return;
    const isUnfolded = instances.has(row.task_id);
    rows.push({ key: row.task_id, kind: "task", id: row.task_id, label, depth, mapIndex: -1, state: row.state, isOpen: row.instances > 1 || isUnfolded ? isUnfolded : null, instances: row.instances, bars: row.bars.map(bar) });
    for (const one of instances.get(row.task_id) ?? [])
      rows.push({
        key: `${one.task_id}\0${one.map_index}`,
        kind: "instance",
        id: one.task_id,
        label: one.label ?? String(one.map_index),
        depth: depth + 1,
        mapIndex: one.map_index,
        state: one.state,
        isOpen: null,
        instances: 1,
        bars: one.bars.map(bar),
      });
  };
  if (!hasGroups) {
    // As text: moments of one zone sort as they are.
    const begins = (row: GanttRow) => row.bars[0]?.[2] ?? "~";
    for (const row of gantt.rows.toSorted((a, b) => (begins(a) < begins(b) ? -1 : begins(a) > begins(b) ? 1 : 0))) addTask(row, row.task_id, 0);
    return rows;
  }
  const walk = (children: string[], depth: number): Bar[] => {
    const all: Bar[] = [];
    for (const child of children) {
      if (child.startsWith(GROUP)) {
        const group = groups.get(child.slice(GROUP.length));
        if (!group) continue;
        const open = isFiltered || isOpen(group.group_id);
        const at = rows.length;
        rows.push({ key: child, kind: "group", id: group.group_id, label: group.label, depth, mapIndex: -1, state: null, isOpen: open, instances: 0, bars: [] });
        const below = walk(group.children, depth + 1);
        if (isFiltered && rows.length === at + 1) rows.pop();
        else if (rows[at]) rows[at] = { ...rows[at], bars: wholeBar(below) };
        if (!open) rows.length = at + 1;
        all.push(...below);
      } else {
        const row = found.get(child);
        if (!row) continue;
        addTask(row, labels.get(child) ?? child, depth);
        if (isShown(row)) for (const one of row.bars) all.push(bar(one));
      }
    }
    return all;
  };
  walk(structure.roots, 0);
  for (const row of gantt.rows) if (!labels.has(row.task_id)) addTask(row, row.task_id, 0);
  return rows;
}

/** From the first begin to the last end of what is in a group. */
function wholeBar(bars: Bar[]): Bar[] {
  const running = bars.filter((one) => one.kind === "running");
  if (!running.length) return [];
  let start = Number.POSITIVE_INFINITY;
  let end: number | null = 0;
  for (const one of running) {
    start = Math.min(start, one.start);
    end = end === null || one.end === null ? null : Math.max(end, one.end);
  }
  return [{ kind: "running", tryNumber: 0, start, end, state: "" }];
}

/** The time that the run took so far, with a little air. */
export function wholeSpan(gantt: Gantt, now: number): Span {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const text of [gantt.queued_at, gantt.start_date]) if (text) from = Math.min(from, moment(text));
  for (const row of gantt.rows)
    for (const [, , start, end] of row.bars) {
      from = Math.min(from, moment(start));
      to = Math.max(to, end === null ? now : moment(end));
    }
  // A run that was cleared begins anew: its own dates are those of the last time.
  if (gantt.end_date) to = Math.max(to, moment(gantt.end_date));
  else if (gantt.start_date) to = Math.max(to, now);
  if (!Number.isFinite(from)) return { from: now - 1_000, to: now };
  return { from, to: Math.max(to, from + 10) };
}

/** Left edge and width of a bar in pixels, within the part of the axis that is shown; null = it lies outside. */
export function geometry(
  one: { start: number; end: number | null },
  { from, to }: Span,
  width: number,
  now: number,
  place: (moment: number) => number = (moment) => moment,
): { left: number; width: number } | null {
  const scale = width / (to - from);
  const left = (place(one.start) - from) * scale;
  const right = (place(one.end ?? now) - from) * scale;
  if (right < 0 || left > width) return null;
  const begin = Math.max(0, left);
  return { left: begin, width: Math.max(0, Math.min(width, right) - begin) };
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000];

/** A round time that is about so many pixels long. */
export function stepOf({ from, to }: Span, width: number, apart = 96): number {
  const wished = ((to - from) * apart) / Math.max(1, width);
  return STEPS.find((one) => one >= wished) ?? Math.ceil(wished / 86_400_000) * 86_400_000;
}

/** Seconds of work of a row, all tries together. */
export const worked = (row: GanttRow, now: number): number =>
  row.bars.reduce((sum, [kind, , start, end]) => (kind === "running" ? sum + ((end === null ? now : moment(end)) - moment(start)) / 1000 : sum), 0);
