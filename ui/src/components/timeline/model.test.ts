import { expect, it } from "vitest";

import type { Timeline, TimelineRun } from "../../services/history";
import { type Block, concurrencyOf, floorOf, intoLanes } from "./model";

const run = (start: number | null, end: number | null, dag = 0): TimelineRun => [dag, "r", "success", "manual", start ?? 0, start, end];
const timeline = (runs: TimelineRun[]): Timeline => ({
  since: "2026-01-01T00:00:00Z",
  until: "2026-01-01T00:00:10Z",
  now: "2026-01-01T00:00:08Z",
  dags: [
    { dag_id: "b", name: "B", tags: ["x", "y"], owners: [], pools: ["p"] },
    { dag_id: "a", name: "A", tags: [], owners: ["o"], pools: ["p", "q"] },
  ],
  runs,
  planned: [[1, 9_000]],
  more: false,
});

it("counts what ran at once, and nothing that only waits", () => {
  expect(concurrencyOf(timeline([run(-500, 2_000), run(1_000, 3_000), run(null, null), run(5_000, null)]))).toEqual([
    [0, 1],
    [1_000, 2],
    [2_000, 1],
    [3_000, 0],
    [5_000, 1],
    [8_000, 0],
  ]);
});

it("lays what overlaps into lanes", () => {
  const blocks = [run(0, 4), run(1, 2), run(3, 5), run(4, 6)].map((one): Block => ({ run: one, start: one[5] ?? 0, end: one[6] ?? 0, lane: 0 }));
  expect(intoLanes(blocks)).toBe(2);
  expect(blocks.map((block) => block.lane)).toEqual([0, 1, 1, 0]);
});

it("groups by DAG, tag, owner and pool", () => {
  const data = timeline([run(0, 1), run(2, 3, 1)]);
  expect(floorOf(data, "dag", "none").map((row) => row.name)).toEqual(["A", "B"]);
  expect(floorOf(data, "tag", "none").map((row) => [row.name, row.blocks.length])).toEqual([["none", 1], ["x", 1], ["y", 1]]);
  expect(floorOf(data, "owner", "none").map((row) => [row.name, row.planned.length])).toEqual([["none", 0], ["o", 1]]);
  expect(floorOf(data, "pool", "none").map((row) => [row.name, row.blocks.length])).toEqual([["p", 2], ["q", 1]]);
});
