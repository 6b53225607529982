/** Sums of tries that are too many to be shown one by one, as rows, curves and a picture of their durations. */

import type { SumRow, Sums } from "../../services/history";
import { addPlanned, type FloorRow, rowOf, stacked, type Stretch } from "./model";

/** How many began between two moments (milliseconds) and took between two durations (seconds). */
export type Heat = { start: number; end: number; from: number; to: number; ran: number; failed: number };
/** Lanes that a strip of sums is high. */
const STRIP = 2;

/** A row for each group, and one for all those that have none of their own, at the end. */
export function floorOfSums(of: Stretch, sums: Sums, none: string, others: (n: number) => string): FloorRow[] {
  const rows = new Map<string, FloorRow>();
  for (const one of sums.rows) fill(rowOf(rows, [one[0], one[1]], none), one, sums);
  addPlanned(rows, of, sums.by, none);
  const rest = sums.rest ? [fill(rowOf(new Map(), ["", others(sums.others)], none), sums.rest, sums)] : [];
  for (const row of [...rows.values(), ...rest]) row.lanes = STRIP;
  return stacked([...rows.values()], ...rest);
}

function fill(row: FloorRow, [, , ran, failed, busy, longest, cells]: SumRow, { bin }: Sums): FloorRow {
  Object.assign(row, { ran, failed, busy, longest });
  for (const [first = 0, bins = 0, inEach = 0, bad = 0] of fours(cells))
    row.cells.push({ start: first * bin, end: (first + bins) * bin, bins, ran: inEach, failed: bad });
  return row;
}

/** How many there were at once, [moment, number] at each bin: the most of it, or the mean. */
export function stepsOfSums(sums: Sums, which: "most" | "mean"): [number, number][] {
  return sums[which].map((level, number) => [number * sums.bin, level]);
}

export function heatOfSums(sums: Sums): Heat[] {
  return fours(sums.took).map(([bin = 0, length = 0, ran = 0, failed = 0]) => ({
    start: bin * sums.bin,
    end: (bin + 1) * sums.bin,
    from: sums.classes[length] ?? 0,
    to: sums.classes[length + 1] ?? 0,
    ran,
    failed,
  }));
}

function fours(numbers: number[]): number[][] {
  return Array.from({ length: numbers.length / 4 }, (_, at) => numbers.slice(at * 4, at * 4 + 4));
}
