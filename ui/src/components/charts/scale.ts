/** Round numbers for the axes of durations. */

const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000, 1_728_000, 4_320_000, 8_640_000];

/** Seconds at which lines stand, from 0 to the first that is not below `most`: five at most. */
export function durationTicks(most: number): number[] {
  const step = STEPS.find((one) => most <= 4 * one) ?? Math.ceil(most / 4 / 86_400) * 86_400;
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count + 1 }, (_, i) => i * step);
}

/** Pixels that the number of a version takes above the bars. */
const VERSION = 28;

/** Which of the bars at which the version changes are labelled: none whose label would stand on the one before it. */
export function apart(changes: readonly number[], step: number): Set<number> {
  const found = new Set<number>();
  let free = Number.NEGATIVE_INFINITY;
  for (const i of changes) {
    if (i * step < free) continue;
    found.add(i);
    free = i * step + VERSION;
  }
  return found;
}

/** Pixels that the label of a day or an hour takes at the foot of a chart, with the room around it. */
const LABEL = 88;

/** Which of the `count` bars, `step` pixels apart, get a label: the first and the last, and between them as many as have room, five at most. */
export function labelled(count: number, step: number): Set<number> {
  const gaps = Math.min(4, Math.floor(((count - 1) * step) / LABEL));
  return new Set(Array.from({ length: gaps + 1 }, (_, i) => (gaps === 0 ? 0 : Math.round((i / gaps) * (count - 1)))));
}

const UNITS = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** A round duration as an axis writes it: "30 min", "1.5 h". */
export function shortDuration(seconds: number): string {
  if (seconds === 0) return "0";
  const [size, unit] = UNITS.find(([one]) => seconds >= one) ?? [0.001, "ms"];
  return `${Number((seconds / size).toFixed(1))} ${unit}`;
}
