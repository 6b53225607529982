import { expect, it } from "vitest";

import type { TimelineRows } from "../../routes/history";
import type { Sums, Timeline, TimelineRun, TimelineTasks, TimelineTry } from "../../services/history";
import { type Bar, barsOfRuns, barsOfTries, type Block, concurrencyOf, floorOf, groupsOfDag, groupsOfTry, heightOf, intoLanes } from "./model";
import { timeTicks } from "./paint";
import { floorOfSums, heatOfSums, stepsOfSums } from "./sums";

const stretch = {
  since: "2026-01-01T00:00:00Z",
  until: "2026-01-01T00:00:10Z",
  now: "2026-01-01T00:00:08Z",
  dags: [
    { dag_id: "b", name: "B", tags: ["x", "y"], owners: [], pools: ["p"] },
    { dag_id: "a", name: "A", tags: [], owners: ["o"], pools: ["p", "q"] },
  ],
  planned: [[1, 9_000]] as [number, number][],
};
const run = (start: number | null, end: number | null, dag = 0): TimelineRun => [dag, "r", "success", "manual", start ?? 0, start, end];
const timeline = (runs: TimelineRun[]): Timeline => ({ ...stretch, runs, more: false });
const floorOfRuns = (data: Timeline, by: TimelineRows) => floorOf(data, by, "none", barsOfRuns(data), (bar) => groupsOfDag(data.dags[bar.dag], by));

const tries: TimelineTry[] = [
  [0, 0, -1, 1, "up_for_retry", 1, 0, -500, 1_000, 2_000],
  [0, 0, -1, 2, "success", 1, 0, null, 3_000, 4_000],
  [1, 1, 2, 1, "failed", 0, 0, 500, -1_000, 12_000],
  [1, 1, 3, 1, "running", 0, 1, null, 7_000, null],
];
const tasks: TimelineTasks = {
  ...stretch,
  tasks: [[0, "t", "Bash"], [1, "u", "Python"]],
  runs: ["r", "s"],
  pools: ["p", "q"],
  hosts: ["h", ""],
  tries,
  sums: null,
};
const floorOfTries = (by: TimelineRows) => floorOf(tasks, by, "none", barsOfTries(tasks), (bar) => groupsOfTry(tasks, bar, by));

it("counts what ran at once, and nothing that only waits", () => {
  const data = timeline([run(-500, 2_000), run(1_000, 3_000), run(null, null), run(5_000, null)]);
  expect(concurrencyOf(data, barsOfRuns(data))).toEqual([[0, 1], [1_000, 2], [2_000, 1], [3_000, 0], [5_000, 1], [8_000, 0]]);
});

it("lays what overlaps into lanes", () => {
  const bar = (start: number, end: number): Bar => ({ start, end, waited: null, state: "success", failed: false, ran: true, dag: 0, at: 0 });
  const blocks = [bar(0, 4), bar(1, 2), bar(3, 5), bar(4, 6)].map((one): Block => ({ bar: one, lane: 0 }));
  expect(intoLanes(blocks)).toBe(2);
  expect(blocks.map((block) => block.lane)).toEqual([0, 1, 1, 0]);
});

it("groups runs by DAG, tag, owner and pool", () => {
  const data = timeline([run(0, 1), run(2, 3, 1)]);
  expect(floorOfRuns(data, "dag").map((row) => row.name)).toEqual(["A", "B"]);
  expect(floorOfRuns(data, "tag").map((row) => [row.name, row.ran])).toEqual([["none", 1], ["x", 1], ["y", 1]]);
  expect(floorOfRuns(data, "owner").map((row) => [row.name, row.planned.length])).toEqual([["none", 0], ["o", 1]]);
  expect(floorOfRuns(data, "pool").map((row) => [row.name, row.ran])).toEqual([["p", 2], ["q", 1]]);
});

it("counts every try once, the running until now", () => {
  const bars = barsOfTries(tasks);
  expect(bars.map((bar) => [bar.start, bar.end, bar.failed, bar.dag])).toEqual([[1_000, 2_000, true, 0], [3_000, 4_000, false, 0], [-1_000, 12_000, true, 1], [7_000, 8_000, false, 1]]);
  expect(concurrencyOf(tasks, bars)).toEqual([[0, 1], [1_000, 2], [2_000, 1], [3_000, 2], [4_000, 1], [7_000, 2], [8_000, 1], [10_000, 0]]);
});

it("groups tries by what they themselves are of", () => {
  const told = (by: TimelineRows) => floorOfTries(by).map((row) => [row.key, row.name, row.ran, row.failed, row.planned.length]);
  expect(told("dag")).toEqual([["a", "A", 2, 1, 1], ["b", "B", 2, 1, 0]]);
  // The pool of the try; planned runs stand in the rows of all pools of their DAG.
  expect(told("pool")).toEqual([["p", "p", 2, 1, 1], ["q", "q", 2, 1, 1]]);
  expect(told("task")).toEqual([["a/u", "A.u", 2, 1, 0], ["b/t", "B.t", 2, 1, 0]]);
  expect(told("operator")).toEqual([["Bash", "Bash", 2, 1, 0], ["Python", "Python", 2, 1, 0]]);
  expect(told("host")).toEqual([["h", "h", 3, 2, 0], ["", "none", 1, 0, 0]]);
  expect(told("tag").map(([key]) => key)).toEqual(["", "x", "y"]);
  const [a] = floorOfTries("dag");
  // Busy within the stretch; the longest as long as it was.
  expect([a?.busy, a?.longest]).toEqual([11_000, 13_000]);
});

const sums: Sums = {
  ran: 9,
  failed: 2,
  bin: 5_000,
  bins: 2,
  by: "dag",
  rows: [["b", "B", 5, 1, 700, 400, [0, 2, 3, 0]], ["a", "A", 4, 0, 300, 200, [1, 1, 4, 1]]],
  rest: ["", "", 1, 1, 10, 10, [0, 1, 1, 1]],
  others: 7,
  most: [3, 4],
  mean: [1.5, 2],
  took: [0, 0, 3, 0, 1, 1, 2, 1],
  classes: [0, 1, 3],
};

it("turns sums into strips, the rest behind all others", () => {
  const rows = floorOfSums(tasks, sums, "none", (n) => `${n} others`);
  expect(rows.map((row) => [row.name, row.ran, row.failed, row.busy, row.longest, row.planned.length])).toEqual([["A", 4, 0, 300, 200, 1], ["B", 5, 1, 700, 400, 0], ["7 others", 1, 1, 10, 10, 0]]);
  expect(rows[1]?.cells).toEqual([{ start: 0, end: 10_000, bins: 2, ran: 3, failed: 0 }]);
  expect(rows.map((row) => row.top)).toEqual([0, 1, 2].map((place) => place * heightOf(rows[0] ?? rows[1]!)));
});

it("turns sums into curves and fields", () => {
  expect(stepsOfSums(sums, "most")).toEqual([[0, 3], [5_000, 4]]);
  expect(stepsOfSums(sums, "mean")).toEqual([[0, 1.5], [5_000, 2]]);
  expect(heatOfSums(sums)).toEqual([
    { start: 0, end: 5_000, from: 0, to: 1, ran: 3, failed: 0 },
    { start: 5_000, end: 10_000, from: 1, to: 3, ran: 2, failed: 1 },
  ]);
});

it.each([
  [0.0004, 1_000],
  [0.001, 262],
  [1, 1_000],
  [7, 262],
  [31, 1_000],
  [31, 262],
])("has room for the times of %s days in %s pixels", (days, width) => {
  const span = days * 86_400_000;
  const ticks = timeTicks(Date.parse("2026-01-01T00:00:00Z"), span, width, 540);
  const rooms = ticks.slice(1).map((at, i) => ((at - (ticks[i] ?? 0)) / span) * width);
  expect(ticks.length).toBeGreaterThan(0);
  expect(Math.min(width, ...rooms)).toBeGreaterThanOrEqual(96);
});
