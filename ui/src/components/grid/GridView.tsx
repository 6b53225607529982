import { useRouter } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

import { runPlace, taskPlace } from "../../services/places";
import { words } from "../../words";
import { isSpecialClick } from "../PlainLink";
import { CellTip, type TipPlace } from "./CellTip";
import { GridHead } from "./GridHead";
import { GridRow } from "./GridRow";
import type { Column, Row } from "./model";

export const ROW_HEIGHT = 26;

type Props = {
  dagId: string;
  rows: Row[];
  columns: Column[];
  selectedRun: string | undefined;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  onOlder: () => void;
  onFold: (groupId: string) => void;
};
/** Row -1 is the bars of the runs. */
export type Position = { row: number; column: number };

/**
 * Runs from left (oldest) to right, tasks from top to bottom. Only the rows in sight exist in the page.
 * One cell can be reached by Tab; the arrows go from cell to cell.
 */
export function GridView({ dagId, rows, columns, selectedRun, hasOlder, isLoadingOlder, onOlder, onFold }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const router = useRouter();
  const [at, setAt] = useState<Position>({ row: -1, column: columns.length - 1 });
  const [tip, setTip] = useState<TipPlace | null>(null);
  const focusSoon = useRef(false);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 8, paddingStart: 0 });

  useStayAtNewest(scroller, columns);

  useEffect(() => {
    if (!focusSoon.current) return;
    focusSoon.current = false;
    scroller.current?.querySelector<HTMLElement>(`[data-at="${at.row}:${at.column}"]`)?.focus({ preventScroll: at.row >= 0 });
  });

  const go = (to: Position) => {
    const next = { row: clamp(to.row, -1, rows.length - 1), column: clamp(to.column, 0, columns.length - 1) };
    focusSoon.current = true;
    if (next.row >= 0) virtual.scrollToIndex(next.row);
    setAt(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLElement) || event.target.dataset.at === undefined) return;
    const step = STEPS[event.key];
    const row = rows[at.row];
    if (step) go({ row: at.row + step.row, column: at.column + step.column });
    else if (event.key === "Home") go({ row: 0, column: at.column });
    else if (event.key === "End") go({ row: rows.length - 1, column: at.column });
    else if (event.key === " " && row?.kind === "group") onFold(row.id);
    else return;
    event.preventDefault();
  };
  const onClick = (event: MouseEvent) => {
    const link = (event.target as HTMLElement).closest<HTMLElement>("[data-at]");
    if (!link || isSpecialClick(event)) return;
    const row = rows[position(link).row];
    if (row?.kind === "group") onFold(row.id);
    else {
      event.preventDefault();
      router.history.push(link.getAttribute("href") ?? "");
    }
  };
  const onPoint = useCallback((event: { target: EventTarget }) => {
    const link = (event.target as HTMLElement).closest<HTMLElement>("[data-at]");
    setTip(link ? { ...position(link), box: link.getBoundingClientRect() } : null);
  }, []);
  const hide = () => setTip(null);

  return (
    <div className="grid" ref={scroller} onScroll={hide}>
      <div
        role="grid"
        className="grid__table"
        aria-label={words.dag.grid}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length + 1}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onMouseOver={onPoint}
        onMouseLeave={hide}
        onFocus={(event) => {
          onPoint(event);
          if (event.target.dataset.at !== undefined) setAt(position(event.target));
        }}
        onBlur={hide}
      >
        <GridHead columns={columns} at={at} selectedRun={selectedRun} hrefOf={(run) => runPlace(dagId, run)} hasOlder={hasOlder} isLoadingOlder={isLoadingOlder} onOlder={onOlder} />
        <div role="rowgroup" className="grid__body" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return row && (
              <GridRow
                key={`${row.kind}:${row.id}`}
                row={row}
                index={item.index}
                top={item.start}
                columns={columns}
                atColumn={at.row === item.index ? at.column : null}
                selectedRun={selectedRun}
                hrefOf={(run) => taskPlace(dagId, run, row.id)}
                onFold={onFold}
              />
            );
          })}
        </div>
      </div>
      {tip && <CellTip dagId={dagId} place={tip} row={rows[tip.row]} column={columns[tip.column]} />}
    </div>
  );
}

const STEPS: Record<string, Position> = {
  ArrowUp: { row: -1, column: 0 },
  ArrowDown: { row: 1, column: 0 },
  ArrowLeft: { row: 0, column: -1 },
  ArrowRight: { row: 0, column: 1 },
};

const clamp = (n: number, least: number, most: number) => Math.max(least, Math.min(most, n));

function position(element: HTMLElement): Position {
  const [row, column] = (element.dataset.at ?? "0:0").split(":").map(Number);
  return { row: row ?? 0, column: column ?? 0 };
}

/** The newest run stays in sight while one looks at the right end; runs added at the left move nothing. */
function useStayAtNewest(scroller: React.RefObject<HTMLDivElement | null>, columns: Column[]): void {
  const before = useRef<{ first: string | undefined; fromEnd: number }>({ first: undefined, fromEnd: 0 });
  const first = columns[0]?.run.run_id;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const { first: oldFirst, fromEnd } = before.current;
    if (oldFirst === undefined || fromEnd < 8) element.scrollLeft = element.scrollWidth;
    else if (oldFirst !== first) element.scrollLeft = element.scrollWidth - element.clientWidth - fromEnd;
    const note = () => {
      before.current = { first, fromEnd: element.scrollWidth - element.clientWidth - element.scrollLeft };
    };
    note();
    element.addEventListener("scroll", note, { passive: true });
    return () => element.removeEventListener("scroll", note);
  }, [scroller, first, columns.length]);
}
