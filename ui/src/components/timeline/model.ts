/** What ran in a stretch of time, as bars in rows and lanes, and how many there were at once. */

import type { TimelineRows } from "../../routes/history";
import type { Timeline, TimelineDag, TimelineTasks } from "../../services/history";
import type { TaskState } from "../../services/types";

/** A run, or a try of a task. Times are milliseconds after the beginning of the stretch. */
export type Bar = {
  start: number;
  end: number;
  /** Since when it waited for a place. */
  waited: number | null;
  state: TaskState;
  failed: boolean;
  /** It has begun; else the bar only waits. */
  ran: boolean;
  /** The DAG by its place. */
  dag: number;
  /** Its place in the answer. */
  at: number;
};
/** The stretch, and what the answers of runs and of tasks have alike. */
export type Stretch = { since: string; until: string; now: string; dags: TimelineDag[]; planned: [dag: number, due: number][] };
export type Block = { bar: Bar; lane: number };
/** A row of the floor: what ran one by one, or the `cells` of its sums. Times are milliseconds. */
export type FloorRow = {
  name: string;
  /** "" = those that have none. */
  key: string;
  blocks: Block[];
  cells: Cell[];
  planned: number[];
  ran: number;
  failed: number;
  busy: number;
  longest: number;
  lanes: number;
  top: number;
};
/** Bins that are alike: how many ran and failed in each of them. */
export type Cell = { start: number; end: number; bins: number; ran: number; failed: number };
export type Group = [key: string, name: string];

/** Heights in pixels. */
export const LANE = 10;
export const GAP = 6;
/** Lanes of a row at most: what overlaps more lies on the last one. */
const MOST_LANES = 32;

export const heightOf = (row: FloorRow): number => row.lanes * LANE + GAP;
export const spanOf = (of: Stretch): number => Date.parse(of.until) - Date.parse(of.since);
export const nowOf = (of: Stretch): number => Date.parse(of.now) - Date.parse(of.since);

export function barsOfRuns(data: Timeline): Bar[] {
  const now = nowOf(data);
  return data.runs.map(([dag, , state, , due, began, ended], at) => {
    const start = began ?? due;
    return { start, end: Math.max(start, ended ?? now), waited: null, state, failed: state === "failed", ran: began !== null, dag, at };
  });
}

export function barsOfTries(data: TimelineTasks): Bar[] {
  const now = nowOf(data);
  return data.tries.map(([task, , , , state, , , waited, start, ended], at) => ({
    start,
    end: Math.max(start, ended ?? now),
    waited,
    state,
    // A try that failed has another one to come, or had not.
    failed: state === "failed" || state === "up_for_retry",
    ran: true,
    dag: data.tasks[task]?.[0] ?? 0,
    at,
  }));
}

/** The groups of a DAG's runs, past or planned: it may have several tags, owners or pools. By task, operator and host it has none. */
export function groupsOfDag(dag: TimelineDag | undefined, by: TimelineRows): Group[] {
  if (!dag) return [];
  if (by === "dag") return [[dag.dag_id, dag.name]];
  const found = by === "tag" ? dag.tags : by === "owner" ? dag.owners : by === "pool" ? dag.pools : null;
  if (found === null) return [];
  return found.length > 0 ? found.map((name) => [name, name]) : [["", ""]];
}

/** Where a try belongs. */
export function groupsOfTry(data: TimelineTasks, bar: Bar, by: TimelineRows): Group[] {
  const line = data.tries[bar.at];
  if (!line) return [];
  const [dag, task, operator] = data.tasks[line[0]] ?? [0, "", ""];
  const one = (name: string | undefined): Group[] => [[name ?? "", name ?? ""]];
  if (by === "pool") return one(data.pools[line[5]]);
  if (by === "host") return one(data.hosts[line[6]]);
  if (by === "operator") return one(operator);
  if (by === "task") return [[`${data.dags[dag]?.dag_id}/${task}`, `${data.dags[dag]?.name}.${task}`]];
  return groupsOfDag(data.dags[dag], by);
}

/** Rows in the order of their names; what belongs to several groups stands in each of their rows. */
export function floorOf(of: Stretch, by: TimelineRows, none: string, bars: Bar[], groupsOf: (bar: Bar) => Group[]): FloorRow[] {
  const span = spanOf(of);
  const rows = new Map<string, FloorRow>();
  for (const bar of bars)
    for (const group of groupsOf(bar)) {
      const row = rowOf(rows, group, none);
      row.blocks.push({ bar, lane: 0 });
      row.ran += 1;
      if (bar.failed) row.failed += 1;
      row.busy += Math.max(0, Math.min(bar.end, span) - Math.max(bar.start, 0));
      row.longest = Math.max(row.longest, bar.end - bar.start);
    }
  addPlanned(rows, of, by, none);
  for (const row of rows.values()) row.lanes = intoLanes(row.blocks);
  return stacked([...rows.values()]);
}

export function rowOf(rows: Map<string, FloorRow>, [key, name]: Group, none: string): FloorRow {
  let row = rows.get(key);
  if (!row) rows.set(key, (row = { name: name || none, key, blocks: [], cells: [], planned: [], ran: 0, failed: 0, busy: 0, longest: 0, lanes: 1, top: 0 }));
  return row;
}

export function addPlanned(rows: Map<string, FloorRow>, of: Stretch, by: TimelineRows, none: string): void {
  for (const [dag, due] of of.planned) for (const group of groupsOfDag(of.dags[dag], by)) rowOf(rows, group, none).planned.push(due);
}

/** The rows one below the other, in the order of their names; `last` stands behind them. */
export function stacked(rows: FloorRow[], ...last: FloorRow[]): FloorRow[] {
  const found = [...rows.sort((a, b) => a.name.localeCompare(b.name)), ...last];
  let top = 0;
  for (const row of found) {
    row.top = top;
    top += heightOf(row);
  }
  return found;
}

/** Each block into the first lane that is free at its start; returns the number of lanes. */
export function intoLanes(blocks: Block[]): number {
  blocks.sort((a, b) => a.bar.start - b.bar.start);
  const ends: number[] = [];
  for (const block of blocks) {
    let lane = ends.findIndex((end) => end <= block.bar.start);
    if (lane < 0) lane = Math.min(ends.length, MOST_LANES - 1);
    ends[lane] = Math.max(block.bar.end, ends[lane] ?? 0);
    block.lane = lane;
  }
  return Math.max(1, ends.length);
}

/** How many there were at once: [moment, number] at each change, within the stretch. */
export function concurrencyOf(of: Stretch, bars: Bar[]): [number, number][] {
  const span = spanOf(of);
  const steps: [number, number][] = [];
  for (const bar of bars) {
    if (!bar.ran) continue;
    const start = Math.max(0, bar.start);
    const end = Math.min(span, bar.end);
    if (end > start) steps.push([start, 1], [end, -1]);
  }
  steps.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const found: [number, number][] = [[0, 0]];
  let level = 0;
  for (const [at, change] of steps) {
    level += change;
    const last = found.at(-1);
    if (last && last[0] === at) last[1] = level;
    else found.push([at, level]);
  }
  return found;
}
