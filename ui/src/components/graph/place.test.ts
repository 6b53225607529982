import { describe, expect, it } from "vitest";

import type { Graph } from "../../services/graph";
import { type Direction, DIRECTIONS, place } from "./place";

/** a → [b → c] → d, and a → d over the group's layer; b and c are in the group g. */
const graph: Graph = {
  version_number: 1,
  tasks: ["a", "g.b", "g.c", "d"],
  labels: ["a", "b", "c", "d"],
  operators: ["X"],
  operator: [0, 0, 0, 0],
  rules: ["all_success"],
  rule: [0, 0, 0, 0],
  flags: [0, 0, 0, 0],
  parents: [-1, 4, 4, -1, -1],
  groups: [{ group_id: "g", label: "g", tooltip: "", is_mapped: false }],
  extras: [],
  edges: [0, 1, 1, 2, 2, 3, 0, 3],
  edge_labels: { 3: "straight" },
  levels: [
    { group: -1, layers: [[0], [4, -3], [3]], edges: [0, 4, 4, 3, 0, 3] },
    { group: 4, layers: [[1], [2]], edges: [1, 2] },
  ],
};
const view = (part: Partial<Parameters<typeof place>[1]> = {}) => ({ isOpen: () => true, isShown: () => true, direction: "LR" as Direction, ...part });

describe("place", () => {
  it("puts what is in an open group inside its box", () => {
    const { boxes } = place(graph, view());
    const group = boxes.find((box) => box.node === 4);
    for (const node of [1, 2]) {
      const box = boxes.find((one) => one.node === node);
      if (!box || !group) throw new Error("a box is missing");
      expect(box.x).toBeGreaterThan(group.x);
      expect(box.y).toBeGreaterThan(group.y);
      expect(box.x + box.w).toBeLessThan(group.x + group.w);
      expect(box.y + box.h).toBeLessThan(group.y + group.h);
    }
  });

  it("draws the edges of a closed group at its box", () => {
    const { boxes, lines, shownAs } = place(graph, view({ isOpen: () => false }));
    expect(boxes.map((box) => box.node).sort()).toEqual([0, 3, 4]);
    expect(shownAs[1]).toBe(boxes.findIndex((box) => box.node === 4));
    expect(lines.map((line) => [boxes[line.from]?.node, boxes[line.to]?.node])).toEqual([[0, 4], [4, 3], [0, 3]]);
    expect(lines[2]?.label).toBe("straight");
    // Over the bend beside the group.
    expect(lines[2]?.points.length).toBe(6);
  });

  it("leaves out what is filtered away, with the group that is left empty", () => {
    const { boxes, lines } = place(graph, view({ isShown: (node) => node === 0 || node === 3 }));
    expect(boxes.map((box) => box.node).sort()).toEqual([0, 3]);
    expect(lines.length).toBe(1);
    expect(Math.max(...boxes.map((box) => box.x + box.w))).toBeLessThan(500);
  });

  it("leaves room for the label of an edge between the layers", () => {
    const far = (edge_labels: Graph["edge_labels"]) => {
      const { boxes } = place({ ...graph, edge_labels }, view());
      const box = (node: number) => boxes.find((one) => one.node === node) ?? { x: 0, w: 0 };
      return box(2).x - box(1).x - box(1).w;
    };
    expect(far({})).toBe(56);
    expect(far({ 1: "rows of today" })).toBeGreaterThan("rows of today".length * 6);
    expect(far({ 0: "rows of today" })).toBe(56);
  });

  for (const direction of DIRECTIONS)
    it(`goes ${direction} without overlaps`, () => {
      const { boxes, width, height } = place(graph, view({ direction }));
      const at = (node: number) => boxes.find((box) => box.node === node) ?? { x: 0, y: 0, w: 0, h: 0 };
      const along = { LR: at(0).x < at(3).x, RL: at(0).x > at(3).x, TB: at(0).y < at(3).y, BT: at(0).y > at(3).y };
      expect(along[direction]).toBe(true);
      for (const box of boxes) {
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.y).toBeGreaterThanOrEqual(0);
        expect(box.x + box.w).toBeLessThanOrEqual(width);
        expect(box.y + box.h).toBeLessThanOrEqual(height);
      }
      const top = boxes.filter((box) => box.depth === 0);
      for (const a of top) for (const b of top) if (a !== b) expect(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y).toBe(true);
    });

  it("draws ten thousand tasks in a moment", () => {
    const count = 10_000;
    const wide = 100;
    const edges = Array.from({ length: count - wide }, (_, i) => [i, i + wide]).flat();
    const many: Graph = {
      ...graph,
      tasks: Array.from({ length: count }, (_, i) => `t${i}`),
      parents: Array.from({ length: count }, () => -1),
      groups: [],
      edges,
      edge_labels: {},
      levels: [{ group: -1, layers: Array.from({ length: count / wide }, (_, l) => Array.from({ length: wide }, (_, i) => l * wide + i)), edges }],
    };
    const { boxes, lines } = place(many, view());
    expect(boxes.length).toBe(count);
    expect(lines.length).toBe(count - wide);
    // Straight chains stay straight.
    expect(lines.every((line) => line.points[1] === line.points.at(-1))).toBe(true);
  });
});
