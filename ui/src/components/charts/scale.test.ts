import { expect, it } from "vitest";

import { apart, durationTicks, labelled, shortDuration } from "./scale";

it("reaches the longest in a few round steps", () => {
  for (const most of [0, 0.004, 0.037, 0.3, 7, 61, 3_599, 90_000, 5_000_000]) {
    const ticks = durationTicks(most);
    expect(ticks.length).toBeLessThanOrEqual(6);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
  }
});

it("gives runs of milliseconds a scale of milliseconds", () => {
  expect(durationTicks(0.037).map(shortDuration)).toEqual(["0", "10 ms", "20 ms", "30 ms", "40 ms"]);
  expect(durationTicks(0.0008).map(shortDuration)).toEqual(["0", "1 ms"]);
});

it("writes no number of a version on another", () => {
  expect([...apart([3, 4, 5, 40], 10)]).toEqual([3, 40]);
  expect([...apart([1, 2, 3], 48)]).toEqual([1, 2, 3]);
  expect([...apart([], 48)]).toEqual([]);
});

it("writes round durations short", () => {
  expect([0, 0.2, 30, 1_800, 5_400, 172_800].map(shortDuration)).toEqual(["0", "200 ms", "30 s", "30 min", "1.5 h", "2 d"]);
});

it("labels the first and the last bar where both have room, and never two on each other", () => {
  for (const [count, step] of [[4, 48], [2, 48], [25, 10], [100, 6], [500, 1.5], [40, 24]] as const) {
    const found = [...labelled(count, step)];
    const apart = found.slice(1).map((one, i) => (one - (found[i] ?? 0)) * step);
    expect(Math.min(...apart, Number.POSITIVE_INFINITY), `${count} bars`).toBeGreaterThanOrEqual(80);
    expect(found[0]).toBe(0);
    if ((count - 1) * step >= 88) expect(found.at(-1)).toBe(count - 1);
  }
  expect([...labelled(1, 48)]).toEqual([0]);
});
