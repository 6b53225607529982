import { useRouter } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { FileText } from "lucide-react";
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import { useHotkeys } from "../../hooks/useHotkeys";
import { useWidthOf } from "../../hooks/useWidthOf";
import { runPlace, taskPlace } from "../../services/places";
import { isGroup, type Target } from "../../services/touch";
import { words } from "../../words";
import { gridWords } from "../../words/grid";
import { MenuItem } from "../Menu";
import { isSpecialClick } from "../PlainLink";
import { RunItems, useRunTouch } from "../run/useRunTouch";
import { type ActsAt, ActsMenu, below, inGrid } from "../touch/ActsMenu";
import { TouchItems } from "../touch/TouchButtons";
import { useTouch, useTouchKeys } from "../touch/useTouch";
import { CellTip, type TipPlace } from "./CellTip";
import { GridHead } from "./GridHead";
import { GridRow } from "./GridRow";
import { cellOf, type Column, failures, type Row } from "./model";

export const ROW_HEIGHT = 26;
export const COLUMN_WIDTH = 26;
/** Columns that come and go together. */
const STEP = 4;

type Props = {
  dagId: string;
  rows: Row[];
  columns: Column[];
  selectedRun: string | undefined;
  hasBars: boolean;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  onOlder: () => void;
  onFold: (groupId: string) => void;
  /** Show only what is up or down the stream of this task. */
  onStream: (taskId: string) => void;
  /** The run that is selected is gone. */
  onLeaveRun: () => void;
};
/** Row -1 is the bars of the runs. */
export type Position = { row: number; column: number };
/** The columns that exist in the page, and how far the first of them is from the labels. */
export type Shown = { columns: { column: Column; index: number }[]; skip: number; width: number };

/**
 * Runs from left (oldest) to right, tasks from top to bottom. Only the rows and columns in sight exist in the page.
 * One cell can be reached by Tab; the arrows go from cell to cell.
 */
export function GridView({ dagId, rows, columns, selectedRun, hasBars, hasOlder, isLoadingOlder, onOlder, onFold, onStream, onLeaveRun }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const corner = useRef<HTMLDivElement>(null);
  const labels = useWidthOf(corner);
  const router = useRouter();
  const [at, setAt] = useState<Position>({ row: -1, column: columns.length - 1 });
  const [tip, setTip] = useState<TipPlace | null>(null);
  const focusSoon = useRef(false);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 4 });
  const across = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => COLUMN_WIDTH,
    overscan: 0,
    paddingStart: labels,
    scrollPaddingStart: labels,
  });
  // In steps of several columns, so that rows stay as they are while one scrolls within a step.
  const inSight = across.getVirtualItems();
  const first = Math.max(0, Math.floor((inSight[0]?.index ?? 0) / STEP) * STEP);
  const last = Math.ceil(((inSight.at(-1)?.index ?? -1) + 1) / STEP) * STEP;
  const shown = useMemo(
    (): Shown => ({
      columns: columns.slice(first, last).map((column, i) => ({ column, index: first + i })),
      skip: first * COLUMN_WIDTH,
      width: columns.length * COLUMN_WIDTH,
    }),
    [columns, first, last],
  );

  useStayAtNewest(scroller, columns, labels);

  // Older runs come in at the left: the place of the focus moves on with its run.
  const [firstRun, setFirstRun] = useState(columns[0]?.run.run_id);
  if (firstRun !== columns[0]?.run.run_id) {
    const added = columns.findIndex((column) => column.run.run_id === firstRun);
    setFirstRun(columns[0]?.run.run_id);
    if (added > 0) setAt((old) => ({ ...old, column: old.column + added }));
  }
  // What Tab reaches must exist: when the place was scrolled away, the bar of a run that is in sight.
  const isRowInSight = at.row === -1 || virtual.getVirtualItems().some((item) => item.index === at.row);
  const stop: Position = {
    row: isRowInSight ? at.row : -1,
    column: clamp(at.column, shown.columns[0]?.index ?? 0, shown.columns.at(-1)?.index ?? 0),
  };

  useEffect(() => {
    if (!focusSoon.current) return;
    const found = scroller.current?.querySelector<HTMLElement>(`[data-at="${at.row}:${at.column}"]`);
    if (!found) return;
    focusSoon.current = false;
    found.focus({ preventScroll: true });
  });

  const go = (to: Position) => {
    const next = { row: clamp(to.row, -1, rows.length - 1), column: clamp(to.column, 0, columns.length - 1) };
    focusSoon.current = true;
    if (next.row >= 0) virtual.scrollToIndex(next.row);
    across.scrollToIndex(next.column);
    setAt(next);
  };
  const toFailure = (step: number) => {
    const found = failures(rows, columns);
    if (!found.length) return;
    const isAfter = (one: Position) => one.column < at.column || (one.column === at.column && one.row > at.row);
    const isBefore = (one: Position) => one.column > at.column || (one.column === at.column && one.row < at.row);
    const next = step > 0 ? (found.find(isAfter) ?? found[0]) : (found.findLast(isBefore) ?? found.at(-1));
    if (next) go(next);
  };
  useHotkeys({
    n: () => toFailure(1),
    p: () => toFailure(-1),
    f: () => {
      const row = rows[at.row];
      if (row?.kind === "task" && !row.isGone) onStream(row.id);
    },
  });
  const touch = useTouch(dagId);
  // The panel of a run that is gone has nothing to show.
  const runTouch = useRunTouch(dagId, (runId) => runId === selectedRun && onLeaveRun());
  /** Of what the menu is: a run, and when it was opened on a cell, the task or group. */
  const [menu, setMenu] = useState<{ at: ActsAt; runId: string; target: Target | null } | null>(null);
  const placeOf = ({ runId, target }: { runId: string; target: Target | null }) => (target === null ? runPlace(dagId, runId) : isGroup(target) ? null : taskPlace(dagId, runId, target.taskId));
  const targetOf = (place: Position): Target | null => {
    const [row, column] = [rows[place.row], columns[place.column]];
    if (!row || !column || !cellOf(column, row)) return null;
    const { run_id: runId } = column.run;
    return row.kind === "group" ? { dagId, runId, groupId: row.id } : { dagId, runId, taskId: row.id, mapIndex: -1 };
  };
  useTouchKeys((act, event) => {
    if (!inGrid(event)) return false;
    const place = position(event.target as HTMLElement);
    const [target, run] = [targetOf(place), columns[place.column]?.run];
    if (target) touch.open(act, target);
    else if (place.row < 0 && run) runTouch.open(act, run.run_id);
  });
  /** Opens the menu of a cell or of a run; false when there is nothing that could be done. */
  const openMenu = (cell: HTMLElement, at: ActsAt): boolean => {
    const place = position(cell);
    const [target, run] = [targetOf(place), columns[place.column]?.run];
    if (!run || (place.row >= 0 && !target)) return false;
    hide();
    setMenu({ at, runId: run.run_id, target });
    return true;
  };
  useHotkeys({ ".": (event) => (inGrid(event) ? void openMenu(event.target as HTMLElement, below(event.target as HTMLElement)) : false) });
  const onContextMenu = (event: MouseEvent) => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>("[data-at]");
    if (!cell) return;
    // The menu key tells no place of the pointer.
    const isPointed = event.clientX !== 0 || event.clientY !== 0;
    if (openMenu(cell, isPointed ? { x: event.clientX, y: event.clientY, opener: { current: cell } } : below(cell))) event.preventDefault();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLElement) || event.target.dataset.at === undefined) return;
    const step = STEPS[event.key];
    const row = rows[at.row];
    const isFar = event.ctrlKey || event.metaKey;
    if (step && isFar) go({ row: step.row ? (step.row < 0 ? 0 : rows.length - 1) : at.row, column: step.column ? (step.column < 0 ? 0 : columns.length - 1) : at.column });
    else if (step) go({ row: at.row + step.row, column: at.column + step.column });
    else if (event.key === "Home") go({ row: 0, column: at.column });
    else if (event.key === "End") go({ row: rows.length - 1, column: at.column });
    else if (event.key === "PageDown" || event.key === "PageUp") go({ row: Math.max(0, at.row + (event.key === "PageDown" ? 20 : -20)), column: at.column });
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
        style={{ width: `max(100%, ${labels + shown.width + 16}px)` }}
        aria-label={words.dag.grid}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length + 1}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onContextMenu={onContextMenu}
        onMouseOver={onPoint}
        onMouseLeave={hide}
        onFocus={(event) => {
          onPoint(event);
          if (event.target.dataset.at !== undefined) setAt(position(event.target));
        }}
        onBlur={hide}
      >
        <GridHead
          corner={corner}
          columns={columns}
          shown={shown}
          at={stop}
          selectedRun={selectedRun}
          hasBars={hasBars}
          hrefOf={(run) => runPlace(dagId, run)}
          hasOlder={hasOlder}
          isLoadingOlder={isLoadingOlder}
          onOlder={onOlder}
        />
        <div role="rowgroup" className="grid__body" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return row && (
              <GridRow
                key={`${row.kind}:${row.id}`}
                row={row}
                index={item.index}
                top={item.start}
                shown={shown}
                atColumn={stop.row === item.index ? stop.column : null}
                selectedRun={selectedRun}
                dagId={dagId}
                onFold={onFold}
                onStream={onStream}
              />
            );
          })}
        </div>
      </div>
      {menu && (
        <ActsMenu at={menu.at} onClose={() => setMenu(null)}>
          {placeOf(menu) !== null && (
            <MenuItem icon={<FileText size={14} />} onSelect={() => router.history.push(placeOf(menu) ?? "")}>
              {gridWords.open}
            </MenuItem>
          )}
          {menu.target ? <TouchItems touch={touch} target={menu.target} /> : <RunItems touch={runTouch} runId={menu.runId} />}
        </ActsMenu>
      )}
      {touch.dialog}
      {runTouch.dialog}
      {tip && !menu && <CellTip dagId={dagId} place={tip} row={rows[tip.row]} column={columns[tip.column]} />}
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
function useStayAtNewest(scroller: React.RefObject<HTMLDivElement | null>, columns: Column[], labels: number): void {
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
    // The width of the table follows the number of columns and the width of the labels.
  }, [scroller, first, columns.length, labels]);
}
