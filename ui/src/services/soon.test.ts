import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { restingKeys, soon } from "./soon";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
});

it("works at once, and joins what comes within the gap", () => {
  const done: number[] = [];
  for (let call = 0; call < 5; call++) soon("a", 100, () => done.push(call));
  expect(done).toEqual([0]);
  vi.advanceTimersByTime(100);
  expect(done).toEqual([0, 4]);
  // The joined one has a gap of its own.
  soon("a", 100, () => done.push(5));
  expect(done).toEqual([0, 4]);
  vi.advanceTimersByTime(100);
  expect(done).toEqual([0, 4, 5]);
});

it("forgets a key when its gap is over", () => {
  for (let run = 0; run < 1_000; run++) soon(`run ${run}`, 100, () => undefined);
  expect(restingKeys()).toBe(1_000);
  vi.advanceTimersByTime(100);
  expect(restingKeys()).toBe(0);
});
