import { afterEach, describe, expect, it, vi } from "vitest";

import { piecesOf } from "../components/log/ansi";
import { LogFeed, rowsOfLine } from "./logFeed";

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

describe("chosen lines of a long log", () => {
  afterEach(() => vi.unstubAllGlobals());

  /** A server that looks through 100 of 1,000 bytes for each page; wanted lines begin at `at`. */
  const serve = (at: number[]) => {
    const asked: string[] = [];
    vi.stubGlobal("window", globalThis);
    vi.stubGlobal("fetch", (url: string) => {
      asked.push(url);
      const query = new URL(url, "http://x").searchParams;
      const isOn = query.has("offset");
      const edge = Number(query.get(isOn ? "offset" : "before") ?? 1000);
      const [start, next] = isOn ? [edge, Math.min(1000, edge + 100)] : [Math.max(0, edge - 100), edge];
      const found = at.filter((one) => one >= start && one < next);
      const lines = found.map((one) => ({ timestamp: null, level: "error", event: `at ${one}` }));
      return Promise.resolve(new Response(JSON.stringify({ lines, at: found, start, next, size: 1000, finished: next === 1000, try_number: 1 })));
    });
    return asked;
  };

  it("are looked for page by page until all is looked through, with what was found so far in sight", async () => {
    const asked = serve([150, 720]);
    const feed = new LogFeed({ base: "/log", query: {} }, { level: ["error"] });
    const seen: [number, number][] = [];
    feed.subscribe(() => seen.push([feed.current().span, feed.rows.length]));
    await feed.open();
    expect(feed.rows.map((row) => row.text)).toEqual(["at 150", "at 720"]);
    expect(feed.current()).toMatchObject({ hasOlder: false, hasNewer: false, isLoadingMore: false, isFinished: true, span: 1000 });
    expect(seen).toContainEqual([400, 1]);
    expect(asked).toHaveLength(10);
  });
  it("are looked for on both sides of a place, and no more when the log is closed", async () => {
    const asked = serve([10, 990]);
    const feed = new LogFeed({ base: "/log", query: {} }, { level: ["error"] });
    await feed.jump(500);
    expect(feed.rows.map((row) => row.at)).toEqual([10, 990]);
    asked.length = 0;
    feed.subscribe(() => feed.current().span > 200 && feed.close());
    await feed.jump(500);
    expect(asked.length).toBeLessThan(6);
  });
});
