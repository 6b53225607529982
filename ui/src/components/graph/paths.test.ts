import { describe, expect, it } from "vitest";

import { between, neighbours, reach } from "./paths";

/** A small generator of numbers, so that the graphs are the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** All simple paths, found by walking every one of them. */
function allPaths(from: number, to: number, down: number[][]): number[][] {
  if (from === to) return [[to]];
  return (down[from] ?? []).flatMap((next) => allPaths(next, to, down).map((rest) => [from, ...rest]));
}

describe("paths through random graphs", () => {
  for (let seed = 1; seed <= 30; seed++)
    it(`agree with walking every path, graph ${seed}`, () => {
      const random = numbers(seed);
      const count = 12;
      const edges: number[] = [];
      for (let to = 1; to < count; to++) for (let from = 0; from < to; from++) if (random() < 0.25) edges.push(from, to);
      const near = neighbours(count, edges);
      for (let a = 0; a < count; a++)
        for (let b = 0; b < count; b++) {
          if (a === b) continue;
          const all = allPaths(Math.min(a, b), Math.max(a, b), near.down);
          const found = between(a, b, near);
          if (!all.length) {
            expect(found).toBeNull();
            continue;
          }
          expect(found?.isBackwards).toBe(a > b);
          expect(found?.shortest.length).toBe(Math.min(...all.map((path) => path.length)));
          expect(all).toContainEqual(found?.shortest);
          expect([...(found?.all ?? [])].sort((x, y) => x - y)).toEqual([...new Set(all.flat())].sort((x, y) => x - y));
        }
    });
});

describe("reach", () => {
  const { down, up } = neighbours(5, [0, 1, 1, 2, 2, 3, 0, 4]);
  it("goes as deep as it may", () => {
    expect([...reach([0], down, 1)]).toEqual([0, 1, 4]);
    expect(reach([0], down).size).toBe(5);
  });
  it("goes up, too", () => expect([...reach([3], up)]).toEqual([3, 2, 1, 0]));
});
