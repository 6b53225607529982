import { expect, test } from "vitest";

import { fit } from "./match";

test("the beginning beats a word within, which beats the middle of a word", () => {
  const found = ["reports", "daily_reports", "preports"].map((name) => fit(name, "rep"));
  expect(found).toEqual([...found].sort((a, b) => b - a));
  expect(new Set(found).size).toBe(3);
});

test("initials of words are enough", () => {
  expect(fit("load daily sales", "lds")).toBeGreaterThan(fit("cold sands", "lds"));
});

test("what is not there does not fit", () => {
  expect(fit("hello", "xyz")).toBe(0);
});
