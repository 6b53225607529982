import { expect, it } from "vitest";

import { reaches, Recent } from "./recent";
import type { Change } from "./types";

const at = (ti: number, errors = 0) => `${ti}.4.7.2.0.${errors}.0`;
const dag = (name: string): Change => ({ kind: "dag", dag_id: name });

it.each([
  [at(3), at(3), true],
  [at(4), at(3), true],
  [at(3), at(4), false],
  [at(10), at(9), true],
  // Their number falls, too: who knows which of the two came first?
  [at(4, 1), at(3, 2), false],
  [at(3, 1), at(3, 2), false],
  ["", at(1), false],
  ["1.1", at(1), false],
])("who has read %s knows what was there at %s: %s", (mine, other, known) => expect(reaches(mine, other)).toBe(known));

it("tells from any moment that it remembers what came since", () => {
  const recent = new Recent();
  recent.add({ from: at(1), version: at(3), events: [dag("a")] });
  recent.add({ from: at(3), version: at(6), events: [dag("b")] });
  recent.add({ from: at(6), version: at(7), events: [dag("c")] });
  // The window has read between two news.
  expect(recent.since(at(4), at(7))).toEqual({ from: at(4), version: at(7), events: [dag("b"), dag("c")] });
  expect(recent.since(at(6), at(7))?.events).toEqual([dag("c")]);
  expect(recent.since(at(1), at(7))?.events).toHaveLength(3);
  expect(recent.since(at(7), at(7))).toBeNull();
  expect(recent.since(at(9), at(7))).toBeNull();
});

it("says that everything may be different when it does not remember", () => {
  const recent = new Recent();
  expect(recent.since(at(1), at(2))?.events).toBeNull();
  recent.add({ from: at(3), version: at(4), events: [dag("a")] });
  expect(recent.since(at(2), at(4))?.events).toBeNull();
  recent.add({ from: at(4), version: at(9), events: null });
  expect(recent.since(at(3), at(9))?.events).toBeNull();
});

it("does not grow without end", () => {
  const recent = new Recent();
  const many = Array.from({ length: 900 }, () => dag("a"));
  for (let n = 0; n < 5; n++) recent.add({ from: at(n), version: at(n + 1), events: many });
  expect(recent.since(at(3), at(5))?.events).toHaveLength(1_800);
  expect(recent.since(at(2), at(5))?.events).toBeNull();
});
