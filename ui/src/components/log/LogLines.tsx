import { useVirtualizer } from "@tanstack/react-virtual";
import { type Ref, useImperativeHandle, useLayoutEffect, useRef } from "react";

import type { LogRow } from "../../services/logFeed";
import { words } from "../../words";
import { LogRowView } from "./LogRowView";
import { isErrorLevel } from "./LogView";

const LINE = 20;
/** Pixels from the end within which the view counts as following. */
const NEAR_END = 24;

export type LogLinesHandle = { show: (index: number) => void; keep: (added: number) => void };

type Props = {
  ref: Ref<LogLinesHandle>;
  rows: LogRow[];
  shown: number[];
  version: number;
  wrap: boolean;
  times: boolean;
  query: string;
  hitRow: number;
  follows: boolean;
  onFollows: (follows: boolean) => void;
};

/** The lines in sight. Following ends when one scrolls up, and begins again at the end. */
export function LogLines({ ref, rows, shown, version, wrap, times, query, hitRow, follows, onFollows }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const virtual = useVirtualizer({ count: shown.length, getScrollElement: () => scroller.current, estimateSize: () => LINE, overscan: 24 });
  const height = virtual.getTotalSize();

  useImperativeHandle(ref, () => ({
    show: (index) => virtual.scrollToIndex(index, { align: "center" }),
    keep: (added) => virtual.scrollToIndex(added, { align: "start" }),
  }));
  useLayoutEffect(() => virtual.measure(), [wrap, times, virtual]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (follows && element) element.scrollTop = element.scrollHeight;
  }, [follows, height, version]);

  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    const isAtEnd = element.scrollHeight - element.clientHeight - element.scrollTop < NEAR_END;
    if (element.scrollTop < lastTop.current - 2 && !isAtEnd) onFollows(false);
    else if (isAtEnd && !follows) onFollows(true);
    lastTop.current = element.scrollTop;
  };
  return (
    <div ref={scroller} className={wrap ? "loglines loglines--wrap" : "loglines"} onScroll={onScroll} tabIndex={0} role="log" aria-live="off" aria-label={words.log.region}>
      <div className="loglines__all" style={{ height }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[shown[item.index] ?? -1];
          if (!row) return null;
          const classes = ["logline", `logline--${isErrorLevel(row.level) ? "error" : row.level}`];
          if (item.index === hitRow) classes.push("logline--hit");
          return (
            <div key={item.key} data-index={item.index} ref={wrap ? virtual.measureElement : undefined} className={classes.join(" ")} style={{ transform: `translateY(${item.start}px)` }}>
              <LogRowView row={row} times={times} query={query} isHit={item.index === hitRow} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
