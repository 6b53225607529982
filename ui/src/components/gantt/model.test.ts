import { describe, expect, it } from "vitest";

import type { Gantt } from "../../services/gantt";
import type { Structure } from "../../services/types";
import { type Bar, geometry, rowsOf, wholeSpan } from "./model";
import { axisTicks, PLAIN, squeezed } from "./axis";
import { zoomKey } from "./zoom";

const stamp = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1_000).toISOString();
const ms = (seconds: number) => 1_800_000_000_000 + seconds * 1_000;
const task = (task_id: string, group_id = "") => ({ task_id, label: task_id.split(".").at(-1) ?? "", group_id, operator: "X", trigger_rule: "all_success", is_mapped: false, is_setup: false, is_teardown: false, ui_color: "", ui_fgcolor: "", doc_md: null });
const structure: Structure = {
  version_number: 1,
  tasks: [task("a"), task("g.b", "g"), task("g.c", "g")],
  groups: [{ group_id: "g", label: "g", parent: "", tooltip: "", is_mapped: false, ui_color: "", ui_fgcolor: "", children: ["g.b", "g.c"] }],
  edges: [],
  roots: ["a", "group:g"],
};
const gantt: Gantt = {
  run_state: "running",
  queued_at: stamp(0),
  start_date: stamp(1),
  end_date: null,
  server_time: stamp(30),
  rows: [
    { task_id: "a", map_index: -1, state: "success", instances: 1, label: null, bars: [["queued", 1, stamp(9), stamp(10), ""], ["running", 1, stamp(10), stamp(12), "success"]] },
    { task_id: "g.b", map_index: -1, state: "success", instances: 1, label: null, bars: [["running", 1, stamp(2), stamp(5), "success"]] },
    { task_id: "g.c", map_index: -1, state: "running", instances: 1, label: null, bars: [["running", 1, stamp(6), null, "running"]] },
  ],
};
const choice = { hasGroups: true, isOpen: () => true, instances: new Map(), filter: "" };

describe("rows in time", () => {
  it("have a group with its tasks below, as long as all of them", () => {
    const rows = rowsOf(gantt, structure, choice);
    expect(rows.map((row) => [row.kind, row.id, row.depth])).toEqual([["task", "a", 0], ["group", "g", 0], ["task", "g.b", 1], ["task", "g.c", 1]]);
    expect(rows[1]?.bars.map((bar) => [bar.start, bar.end])).toEqual([[ms(2), null]]);
  });
  it("fold, and are filtered", () => {
    expect(rowsOf(gantt, structure, { ...choice, isOpen: () => false }).map((row) => row.id)).toEqual(["a", "g"]);
    expect(rowsOf(gantt, structure, { ...choice, filter: "C" }).map((row) => row.id)).toEqual(["g", "g.c"]);
    expect(rowsOf(gantt, structure, { ...choice, filter: "a" }).map((row) => row.id)).toEqual(["a"]);
  });
  it("stand in the order of time without groups", () => {
    expect(rowsOf(gantt, structure, { ...choice, hasGroups: false }).map((row) => row.id)).toEqual(["g.b", "g.c", "a"]);
  });
  it("last until now while something runs", () => expect(wholeSpan(gantt, ms(30))).toEqual({ from: ms(0), to: ms(30) }));
});

describe("geometry", () => {
  const span = { from: ms(0), to: ms(100) };
  it("is exact to the pixel", () => expect(geometry({ start: ms(25), end: ms(50) }, span, 800, 0)).toEqual({ left: 200, width: 200 }));
  it("grows until now", () => expect(geometry({ start: ms(25), end: null }, span, 800, ms(75))).toEqual({ left: 200, width: 400 }));
  it("is cut at the edges", () => {
    expect(geometry({ start: ms(-50), end: ms(50) }, span, 800, 0)).toEqual({ left: 0, width: 400 });
    expect(geometry({ start: ms(-50), end: ms(-1) }, span, 800, 0)).toBeNull();
    expect(geometry({ start: ms(101), end: ms(120) }, span, 800, 0)).toBeNull();
  });
});

describe("ticks and zoom", () => {
  const whole = { from: ms(0), to: ms(100) };
  it("are round numbers since the begin", () => expect(axisTicks(PLAIN, whole, 960, whole, ms(0)).map(({ at }) => (at - ms(0)) / 1000)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100].filter((n) => n % 10 === 0)));
  it("never leave the run", () => {
    expect(zoomKey("+", whole, whole)).toEqual({ from: ms(25), to: ms(75) });
    expect(zoomKey("ArrowLeft", { from: ms(5), to: ms(25) }, whole)).toEqual({ from: ms(0), to: ms(20) });
    expect(zoomKey("ArrowRight", { from: ms(85), to: ms(95) }, whole)).toEqual({ from: ms(87.5), to: ms(97.5) });
    expect(zoomKey("-", { from: ms(10), to: ms(70) }, whole)).toBeNull();
    expect(zoomKey("x", whole, whole)).toBeUndefined();
  });
});

describe("an axis without idle time", () => {
  // Two tasks work for 10 s each, and an hour lies between them.
  const bar = (start: number, end: number): Bar => ({ kind: "running", tryNumber: 1, start: ms(start), end: ms(end), state: "success" });
  const row = { key: "a", kind: "task", id: "a", label: "a", depth: 0, mapIndex: -1, state: "success", isOpen: null, instances: 1 } as const;
  const whole = { from: ms(0), to: ms(3_630) };
  const axis = squeezed([{ ...row, bars: [bar(0, 10)] }, { ...row, bars: [bar(3_610, 3_620)] }], whole, ms(9_999));
  const place = (seconds: number) => (axis.place(ms(seconds)) - ms(0)) / 1000;
  it("keeps work as long as it is, and makes long gaps short", () => {
    expect(axis.gaps).toEqual([
      { from: ms(10), to: ms(3_610) },
      { from: ms(3_620), to: ms(3_630) },
    ]);
    expect(place(10) - place(0)).toBeCloseTo(10);
    expect(place(3_620) - place(3_610)).toBeCloseTo(10);
    expect(place(3_610) - place(10)).toBeCloseTo(20 * 0.03);
  });
  it("never turns back", () => {
    let last = -1;
    for (let second = 0; second <= 3_640; second += 0.5) {
      expect(place(second)).toBeGreaterThan(last);
      last = place(second);
    }
  });
  it("has round times on both sides of a gap and none in it", () => {
    const shown = { from: axis.place(whole.from), to: axis.place(whole.to) };
    const times = axisTicks(axis, shown, 960, whole, whole.from).map(({ at }) => (at - ms(0)) / 1000);
    expect(times.length).toBeGreaterThan(4);
    expect(times.every((one) => one <= 10 || (one >= 3_610 && one <= 3_620) || one === 3_630)).toBe(true);
  });
  it("is plain when nothing ran, or when all the time something did", () => {
    expect(squeezed([], whole, ms(9))).toBe(PLAIN);
    expect(squeezed([{ ...row, bars: [bar(0, 3_630)] }], whole, ms(9)).gaps).toEqual([]);
  });
});
