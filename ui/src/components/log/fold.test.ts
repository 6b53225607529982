import { describe, expect, it } from "vitest";

import { type LogRow, rowsOfLine } from "../../services/logFeed";
import { around, fold } from "./fold";

const rows = (...lines: [string, string?][]): LogRow[] =>
  lines.flatMap(([event, level = "info"], i) => rowsOfLine({ timestamp: "2026-01-31T08:00:00Z", level, event }, i * 10));
const texts = (all: LogRow[], chosen = new Map<number, boolean>()) => fold(all, chosen).shown.map((i) => all[i]?.text);

describe("groups of a log", () => {
  const plain = rows(["a"], ["::group::Details"], ["b"], ["c"], ["::endgroup::"], ["d"]);
  it("are folded until they are opened", () => {
    expect(texts(plain)).toEqual(["a", "Details", "d"]);
    expect(texts(plain, new Map([[10, true]]))).toEqual(["a", "Details", "b", "c", "d"]);
    expect(fold(plain, new Map()).groups.get(1)).toEqual({ isOpen: false, size: 2 });
  });
  it("with an error stand open, and so does what is around them", () => {
    expect(texts(rows(["::group::out"], ["::group::in"], ["b", "error"], ["::endgroup::"], ["::endgroup::"]))).toEqual(["out", "in", "b"]);
  });
  it("that are still written stand open", () => {
    expect(texts(rows(["##[group]out"], ["b"]))).toEqual(["out", "b"]);
  });
  it("whose beginning is not there hide nothing", () => {
    expect(texts(rows(["b"], ["INFO - ::endgroup::"], ["c"]))).toEqual(["b", "c"]);
  });
  it("around a row are known", () => {
    expect(around(plain, 3)).toEqual([1]);
    expect(around(plain, 5)).toEqual([]);
  });
});
