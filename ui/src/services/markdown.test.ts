import { expect, test } from "vitest";

import { blocksOf, dedent } from "./markdown";

test("a table has heads and rows, each with as many cells", () => {
  const text = "What it loads:\n\n| step | what |\n|:---|---:|\n| extract | **reads** |\n| load | a \\| b |\n| short |\n\nAfter it.";
  expect(blocksOf(text)).toEqual([
    { kind: "text", text: "What it loads:" },
    { kind: "table", head: ["step", "what"], rows: [["extract", "**reads**"], ["load", "a | b"], ["short", ""]] },
    { kind: "text", text: "After it." },
  ]);
});

test("a table needs no bars at its sides", () => {
  expect(blocksOf("a | b\n--- | ---\n1 | 2 | 3")).toEqual([{ kind: "table", head: ["a", "b"], rows: [["1", "2"]] }]);
});

test.each(["a | b\nc | d", "| a |\n|---|---|", "a\n---|---"])("%j is no table", (text) => expect(blocksOf(text).map((one) => one.kind)).toEqual(["text"]));

test("three dashes between paragraphs are a rule, and a list stays one", () => {
  expect(blocksOf("one\n\n---\n\n- a\n- b").map((one) => one.kind)).toEqual(["text", "rule", "list"]);
});

test("bars and dashes in code are code", () => {
  expect(blocksOf("```\n| a |\n|---|\n---\n```")).toEqual([{ kind: "code", text: "| a |\n|---|\n---" }]);
});

test("the indent of a docstring is no part of the text", () => {
  expect(dedent("\n    # Sales\n      deeper")).toBe("\n# Sales\n  deeper");
});
