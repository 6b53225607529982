/** Which rows of a log are shown: all but the insides of folded groups. Pure. */

import type { LogRow } from "../../services/logFeed";

const ERRORS = new Set(["error", "critical", "fatal"]);

export const isErrorLevel = (level: string): boolean => ERRORS.has(level);

export type Folds = {
  /** Indexes of the rows that are shown. */
  shown: number[];
  /** Rows that begin a group, by index: whether it is open, and how many rows it holds. */
  groups: Map<number, { isOpen: boolean; size: number }>;
};

/**
 * A group is folded until somebody opens it, unless an error stands in it or its end is not there yet.
 * `chosen` says by the byte offset of its first line which ones somebody opened or closed, `all` what was wanted of all others.
 */
export function fold(rows: readonly LogRow[], chosen: ReadonlyMap<number, boolean>, all: boolean | null = null): Folds {
  const groups: Folds["groups"] = new Map();
  const ends = new Map<number, number>();
  const open: { index: number; hasError: boolean }[] = [];
  rows.forEach((row, i) => {
    if (row.mark === "group") open.push({ index: i, hasError: false });
    else if (row.mark === "end") {
      const group = open.pop();
      if (!group) return;
      ends.set(group.index, i);
      groups.set(group.index, { isOpen: chosen.get(rows[group.index]?.at ?? -1) ?? all ?? group.hasError, size: i - group.index - 1 });
      const outer = open.at(-1);
      if (outer && group.hasError) outer.hasError = true;
    } else if (isErrorLevel(row.level)) for (const group of open) group.hasError = true;
  });
  for (const { index } of open) groups.set(index, { isOpen: chosen.get(rows[index]?.at ?? -1) ?? all ?? true, size: rows.length - index - 1 });
  const shown: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (rows[i]?.mark === "end") continue;
    shown.push(i);
    if (groups.get(i)?.isOpen === false) i = ends.get(i) ?? rows.length - 1;
  }
  return { shown, groups };
}

/** First rows of the groups around a row, so that they can be opened. */
export function around(rows: readonly LogRow[], index: number): number[] {
  const open: number[] = [];
  for (let i = 0; i < index; i++) {
    if (rows[i]?.mark === "group") open.push(i);
    else if (rows[i]?.mark === "end") open.pop();
  }
  return open;
}
