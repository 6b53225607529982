import { expect, it } from "vitest";

import { durationTicks, shortDuration } from "./scale";

it("reaches the longest in a few round steps", () => {
  for (const most of [0, 0.3, 7, 61, 3_599, 90_000, 5_000_000]) {
    const ticks = durationTicks(most);
    expect(ticks.length).toBeLessThanOrEqual(6);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
  }
});

it("writes round durations short", () => {
  expect([0, 0.2, 30, 1_800, 5_400, 172_800].map(shortDuration)).toEqual(["0", "200 ms", "30 s", "30 min", "1.5 h", "2 d"]);
});
