import { expect, it } from "vitest";

import { filterKey } from "./explorer";

it("keeps a selection over pages and orders of the same rows", () => {
  const filter = filterKey({ states: ["failed"], q: "sales" });
  expect(filterKey({ q: "sales", states: ["failed"], cursor: "x", sort: "-duration" })).toBe(filter);
  expect(filterKey({ q: "sales", states: ["failed"], user: undefined })).toBe(filter);
});

it.each([{ states: ["failed"] }, { states: ["failed", "success"], q: "sales" }, { states: ["failed"], q: "sale" }, { states: ["failed"], q: "sales", dag: "a" }])(
  "drops it when %j is asked for instead",
  (other) => expect(filterKey(other)).not.toBe(filterKey({ states: ["failed"], q: "sales" })),
);
