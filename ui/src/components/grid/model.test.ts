import { describe, expect, it } from "vitest";

import type { Grid, GridRun, GroupNode, Structure, TaskNode } from "../../services/types";
import { cellOf, columnsOf, failures, goneTasks, groupCell, rowsOf, taskCell, troubled } from "./model";

const task = (id: string, group = ""): TaskNode => ({
  task_id: id,
  label: id.split(".").at(-1) ?? id,
  group_id: group,
  operator: "EmptyOperator",
  trigger_rule: "all_success",
  is_mapped: false,
  is_setup: false,
  is_teardown: false,
  ui_color: "#fff",
  ui_fgcolor: "#000",
  doc_md: null,
});
const group = (id: string, parent: string, children: string[]): GroupNode => ({
  group_id: id,
  label: id,
  parent,
  tooltip: "",
  is_mapped: false,
  ui_color: "#fff",
  ui_fgcolor: "#000",
  children,
});
const run = (id: number, states: string, part: Partial<GridRun> = {}): GridRun => ({
  id,
  run_id: `run${id}`,
  state: "success",
  run_type: "manual",
  run_after: `2026-01-0${id}T00:00:00Z`,
  logical_date: null,
  start_date: null,
  end_date: null,
  queued_at: null,
  version_number: 1,
  note: null,
  triggered_by: "ui",
  states,
  mapped: {},
  tries: {},
  noted: [],
  versions: [],
  ...part,
});
const structure: Structure = {
  version_number: 1,
  tasks: [task("a"), task("g.b", "g"), task("g.h.c", "g.h")],
  groups: [group("g", "", ["g.b", "group:g.h"]), group("g.h", "g", ["g.h.c"])],
  edges: [],
  roots: ["a", "group:g"],
};
const grid = (runs: GridRun[], gone: string[] = []): Grid => ({
  rows: [...["a", "g.b", "g.h.c"].map((task_id) => ({ task_id, gone: false })), ...gone.map((task_id) => ({ task_id, gone: true }))],
  runs,
  codes: { s: "success", f: "failed", r: "running", n: "none", k: "skipped" },
  next: null,
  version: 1,
});
const names = (rows: ReturnType<typeof rowsOf>) => rows.map((row) => `${"  ".repeat(row.depth)}${row.id}`);

const all = { isOpen: () => true, filter: "" };

describe("troubled tasks", () => {
  it("failed in one of the runs, or one of their instances did", () => {
    expect(troubled(columnsOf([grid([run(1, "ssf"), run(2, "sss", { mapped: { 1: { success: 2, failed: 1 } } })])]))).toEqual(new Set(["g.b", "g.h.c"]));
    expect(troubled(columnsOf([grid([run(1, "srk")])]))).toEqual(new Set());
  });
});

describe("rows", () => {
  it("follow groups, nested", () => {
    expect(names(rowsOf(structure, [], all))).toEqual(["a", "g", "  g.b", "  g.h", "    g.h.c"]);
  });
  it("of folded groups are hidden", () => {
    expect(names(rowsOf(structure, [], { isOpen: (id) => id !== "g", filter: "" }))).toEqual(["a", "g"]);
  });
  it("that the filter names are shown with their groups, open", () => {
    expect(names(rowsOf(structure, [], { isOpen: () => false, filter: "H.C" }))).toEqual(["g", "  g.h", "    g.h.c"]);
  });
  it("are those of a stream, with their groups", () => {
    expect(names(rowsOf(structure, ["old"], { ...all, only: new Set(["a", "g.h.c"]) }))).toEqual(["a", "g", "  g.h", "    g.h.c"]);
  });
  it("of tasks that are gone come last", () => {
    const rows = rowsOf(structure, goneTasks([grid([], ["old"])]), { isOpen: () => false, filter: "" });
    expect(rows.at(-1)).toMatchObject({ id: "old", isGone: true });
  });
});

describe("columns", () => {
  it("go from the oldest to the newest over all pages", () => {
    const columns = columnsOf([grid([run(4, "sss"), run(3, "sss")]), grid([run(2, "sss"), run(1, "sss")])]);
    expect(columns.map((column) => column.run.id)).toEqual([1, 2, 3, 4]);
  });
});

describe("cells", () => {
  const [column] = columnsOf([grid([run(1, "sf-", { tries: { "1": 3 }, noted: [1], mapped: { "0": { success: 4, running: 1 } } })])]);
  if (!column) throw new Error("one column was given");
  it("have state, tries and counts of instances", () => {
    expect(taskCell(column, "g.b")).toEqual({ state: "failed", tries: 3, counts: null, total: 1, isNoted: true });
    expect(taskCell(column, "a")).toMatchObject({ total: 5, counts: { success: 4, running: 1 } });
  });
  it("are empty where the run has no such task", () => {
    expect(taskCell(column, "g.h.c")).toBeNull();
    expect(taskCell(column, "unknown")).toBeNull();
  });
  it("of groups show what needs a person first, and count instances", () => {
    expect(groupCell(column, ["a", "g.b", "g.h.c"])).toEqual({ state: "failed", tries: 3, counts: { success: 4, running: 1, failed: 1 }, total: 6, isNoted: true });
    expect(groupCell(column, ["g.h.c"])).toBeNull();
  });
  it("follow the row", () => {
    const rows = rowsOf(structure, [], all);
    expect(rows.map((row) => cellOf(column, row)?.state ?? null)).toEqual(["success", "failed", "failed", null, null]);
  });
});

describe("failures", () => {
  it("go from the newest run to the oldest, from the top, and not twice over open groups", () => {
    const columns = columnsOf([grid([run(2, "fss"), run(1, "sff")])]);
    const open = rowsOf(structure, [], all);
    expect(failures(open, columns)).toEqual([{ row: 0, column: 1 }, { row: 2, column: 0 }, { row: 4, column: 0 }]);
    const folded = rowsOf(structure, [], { isOpen: () => false, filter: "" });
    expect(failures(folded, columns)).toEqual([{ row: 0, column: 1 }, { row: 1, column: 0 }]);
  });
});
