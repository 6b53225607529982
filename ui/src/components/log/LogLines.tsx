import { useVirtualizer } from "@tanstack/react-virtual";
import { type Ref, useImperativeHandle, useLayoutEffect, useRef } from "react";

import type { LogRow } from "../../services/logFeed";
import { words } from "../../words";
import { type Folds, isErrorLevel } from "./fold";
import { LogRowView } from "./LogRowView";
import type { Picked } from "./usePicked";

const LINE = 20;
/** Characters of a line that may be higher than the window, and milliseconds until its height is known. */
const LONG = 1_000;
const MEASURED = 100;
/** Pixels from the end within which the view counts as following. */
const NEAR_END = 24;
/** Pixels from an edge at which more lines are read. */
const NEAR_EDGE = 400;

export type LogLinesHandle = { show: (index: number) => void; keep: (index: number) => void; first: () => LogRow | undefined };

type Props = {
  ref: Ref<LogLinesHandle>;
  rows: LogRow[];
  shown: number[];
  groups: Folds["groups"];
  version: number;
  wrap: boolean;
  times: boolean;
  sources: boolean;
  picked: Picked | null;
  find: ((text: string) => [number, number][]) | null;
  /** Byte offset of the line that is meant. */
  hitAt: number;
  follows: boolean;
  onFollows: (follows: boolean) => void;
  onFold: (row: LogRow, isOpen: boolean) => void;
  onLine: (row: LogRow, extend: boolean) => void;
  onEdge: (side: "older" | "newer") => void;
  hasOlder: boolean;
  hasNewer: boolean;
};

/** The lines in sight. Following ends when one scrolls up, and begins again at the end. */
export function LogLines({ ref, rows, shown, groups, version, wrap, times, sources, picked, find, hitAt, follows, onFollows, onFold, onLine, onEdge, hasOlder, hasNewer }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const virtual = useVirtualizer({ count: shown.length, getScrollElement: () => scroller.current, estimateSize: () => LINE, overscan: 24 });
  const height = virtual.getTotalSize();

  useImperativeHandle(ref, () => ({
    show: (index) => {
      virtual.scrollToIndex(index, { align: "center" });
      // A line that is higher than the window has its hit anywhere; its height is known a moment later.
      if ((rows[shown[index] ?? -1]?.text.length ?? 0) > LONG) window.setTimeout(() => scroller.current?.querySelector(".hit--now")?.scrollIntoView({ block: "center" }), MEASURED);
    },
    keep: (index) => virtual.scrollToIndex(index, { align: "start" }),
    first: () => {
      const top = scroller.current?.scrollTop ?? 0;
      const item = virtual.getVirtualItems().find((one) => one.end > top);
      return item && rows[shown[item.index] ?? -1];
    },
  }));
  useLayoutEffect(() => virtual.measure(), [wrap, times, sources, virtual]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (follows && element) element.scrollTop = element.scrollHeight;
  }, [follows, height, version]);

  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    const toEnd = element.scrollHeight - element.clientHeight - element.scrollTop;
    const isUp = element.scrollTop < lastTop.current - 2;
    const isDown = element.scrollTop > lastTop.current + 2;
    lastTop.current = element.scrollTop;
    if (isUp && toEnd >= NEAR_END) onFollows(false);
    else if (toEnd < NEAR_END && !hasNewer && !follows) onFollows(true);
    if (isUp && hasOlder && element.scrollTop < NEAR_EDGE) onEdge("older");
    else if (isDown && hasNewer && toEnd < NEAR_EDGE) onEdge("newer");
  };
  return (
    <div ref={scroller} className={wrap ? "loglines loglines--wrap" : "loglines"} onScroll={onScroll} tabIndex={0} role="log" aria-live="off" aria-label={words.log.region}>
      <div className="loglines__all" style={{ height }}>
        {virtual.getVirtualItems().map((item) => {
          const index = shown[item.index] ?? -1;
          const row = rows[index];
          if (!row) return null;
          const group = groups.get(index);
          const classes = ["logline", `logline--${isErrorLevel(row.level) ? "error" : row.level}`];
          if (row.at === hitAt) classes.push("logline--hit");
          if (picked && row.at >= picked.from && row.at <= picked.to) classes.push("logline--picked");
          return (
            <div key={item.key} data-index={item.index} ref={wrap ? virtual.measureElement : undefined} className={classes.join(" ")} style={{ transform: `translateY(${item.start}px)` }}>
              <LogRowView row={row} group={group} times={times} sources={sources} find={find} isHit={row.at === hitAt} onFold={onFold} onLine={onLine} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
