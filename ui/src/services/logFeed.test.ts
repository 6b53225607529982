import { describe, expect, it } from "vitest";

import { piecesOf } from "../components/log/ansi";
import { rowsOfLine } from "./logFeed";

describe("rows of a log line", () => {
  it("are the lines of its text, the first with the time", () => {
    const rows = rowsOfLine({ timestamp: "2026-01-31T08:00:00Z", level: "info", event: "one\ntwo" });
    expect(rows.map((row) => [row.text, row.timestamp])).toEqual([["one", "2026-01-31T08:00:00Z"], ["two", null]]);
  });
  it("of an error have its traceback, and mark where it begins", () => {
    const rows = rowsOfLine({ timestamp: null, level: "error", event: "failed", exception: "Traceback\nE: x" });
    expect(rows.map((row) => [row.text, row.isException])).toEqual([["failed", true], ["Traceback", false], ["E: x", false]]);
  });
  it("are searched without colour codes", () => {
    const [row] = rowsOfLine({ timestamp: null, level: "info", event: "\x1b[31mred\x1b[0m text" });
    expect(row).toMatchObject({ text: "red text", raw: "\x1b[31mred\x1b[0m text" });
  });
});

describe("colour codes", () => {
  it("become pieces with classes", () => {
    expect(piecesOf("a\x1b[1;32mgreen\x1b[0m\x1b[91mred\x1b[39mb\x1b[2K")).toEqual([
      { text: "a", className: "" },
      { text: "green", className: "ansi-2 ansi-bold" },
      { text: "red", className: "ansi-1" },
      { text: "b", className: "" },
    ]);
  });
});
