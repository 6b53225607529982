/** Runs of a stretch of time in rows and lanes, and how many there were at once. */

import type { TimelineRows } from "../../routes/history";
import type { Timeline, TimelineRun } from "../../services/history";

export type Block = { run: TimelineRun; start: number; end: number; lane: number };
export type FloorRow = { name: string; key: string; blocks: Block[]; planned: number[]; lanes: number; top: number };

/** Heights in pixels. */
export const LANE = 10;
export const GAP = 6;
/** Lanes of a row at most: what overlaps more lies on the last one. */
const MOST_LANES = 8;

export const heightOf = (row: FloorRow): number => row.lanes * LANE + GAP;

const startOf = (run: TimelineRun): number => run[5] ?? run[4];
export const endOf = (run: TimelineRun, now: number): number => Math.max(startOf(run), run[6] ?? now);

/** Rows in the order of their names; a DAG with several tags, owners or pools stands in each of their rows. */
export function floorOf(data: Timeline, by: TimelineRows, none: string): FloorRow[] {
  const now = Date.parse(data.now) - Date.parse(data.since);
  const names = data.dags.map((dag) => {
    const found = { dag: [dag.name], tag: dag.tags, owner: dag.owners, pool: dag.pools }[by];
    return found.length > 0 ? found : [none];
  });
  const rows = new Map<string, FloorRow>();
  const rowOf = (name: string, key: string): FloorRow => {
    let row = rows.get(key);
    if (!row) rows.set(key, (row = { name, key, blocks: [], planned: [], lanes: 1, top: 0 }));
    return row;
  };
  const keyOf = (dag: number, name: string) => (by === "dag" ? (data.dags[dag]?.dag_id ?? name) : name);
  for (const run of data.runs)
    for (const name of names[run[0]] ?? []) rowOf(name, keyOf(run[0], name)).blocks.push({ run, start: startOf(run), end: endOf(run, now), lane: 0 });
  for (const [dag, due] of data.planned) for (const name of names[dag] ?? []) rowOf(name, keyOf(dag, name)).planned.push(due);
  const sorted = [...rows.values()].sort((a, b) => a.name.localeCompare(b.name));
  let top = 0;
  for (const row of sorted) {
    row.lanes = intoLanes(row.blocks);
    row.top = top;
    top += heightOf(row);
  }
  return sorted;
}

/** Each block into the first lane that is free at its start; returns the number of lanes. */
export function intoLanes(blocks: Block[]): number {
  blocks.sort((a, b) => a.start - b.start);
  const ends: number[] = [];
  for (const block of blocks) {
    let lane = ends.findIndex((end) => end <= block.start);
    if (lane < 0) lane = Math.min(ends.length, MOST_LANES - 1);
    ends[lane] = Math.max(block.end, ends[lane] ?? 0);
    block.lane = lane;
  }
  return Math.max(1, ends.length);
}

/** How many runs there were at once: [moment, number] at each change, within the stretch. */
export function concurrencyOf(data: Timeline): [number, number][] {
  const span = Date.parse(data.until) - Date.parse(data.since);
  const now = Math.min(span, Date.parse(data.now) - Date.parse(data.since));
  const steps: [number, number][] = [];
  for (const run of data.runs) {
    if (run[5] === null) continue;
    const start = Math.max(0, run[5]);
    const end = Math.min(span, run[6] ?? now);
    if (end <= start) continue;
    steps.push([start, 1], [end, -1]);
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
