import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronRight } from "lucide-react";
import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";

import { useWidthOf } from "../../hooks/useWidthOf";
import { taskPlace } from "../../services/places";
import { ganttWords } from "../../words/gantt";
import { formatClock, formatDuration } from "../../words/times";
import { PlainLink } from "../PlainLink";
import { StateIcon, stateText } from "../StateIcon";
import { type Axis, axisTicks } from "./axis";
import { type Bar, geometry, type Row, type Span } from "./model";
import { useRowTouch } from "./useRowTouch";

const ROW = 26;
const DAY = 86_400_000;

type Props = {
  dagId: string;
  runId: string;
  rows: Row[];
  axis: Axis;
  /** The whole run in real time, and the part of the axis that is shown. */
  whole: Span;
  span: Span;
  now: number;
  critical: Set<string>;
  /** The row to bring into sight. */
  wanted: string | null;
  onFold: (row: Row) => void;
  overview: (width: number) => ReactNode;
};

/** Each row is one link, wherever it is touched. One row can be reached by Tab, the arrows go from row to row. */
export function GanttChart({ dagId, runId, rows, axis, whole, span, now, critical, wanted, onFold, overview }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const lane = useRef<HTMLDivElement>(null);
  const width = useWidthOf(lane);
  const [at, setAt] = useState(0);
  const focusSoon = useRef(false);
  const { onContextMenu, acts } = useRowTouch(dagId, runId, rows);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 8 });
  useEffect(() => {
    if (!focusSoon.current) return;
    focusSoon.current = false;
    scroller.current?.querySelector<HTMLElement>(`[data-row="${at}"]`)?.focus({ preventScroll: true });
  });
  useEffect(() => {
    const found = rows.findIndex((row) => row.key === wanted);
    if (found >= 0) {
      setAt(found);
      virtual.scrollToIndex(found, { align: "center" });
    }
    // Only when another row is asked for, not when rows come or go.
  }, [wanted]);
  const go = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    focusSoon.current = true;
    virtual.scrollToIndex(next);
    setAt(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLElement) || event.target.dataset.row === undefined || event.ctrlKey || event.metaKey) return;
    const row = rows[at];
    if (event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowUp") go(at - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(rows.length - 1);
    else if (row && row.isOpen !== null && (event.key === " " || event.key === (row.isOpen ? "ArrowLeft" : "ArrowRight"))) onFold(row);
    else return;
    event.preventDefault();
  };
  const marks = axisTicks(axis, span, width, whole, whole.from);
  const x = (moment: number) => ((axis.place(moment) - span.from) * width) / (span.to - span.from);
  const gaps = axis.gaps.map((gap) => ({ ...gap, left: Math.max(0, x(gap.from)), right: Math.min(width, x(gap.to)) })).filter((gap) => gap.right > gap.left);
  return (
    <div className="gantt" ref={scroller}>
      <div className="gantt__head">
        <div className="gantt__corner" />
        <div ref={lane} className="gantt__axis">
          {width > 0 && overview(width)}
          {marks.map(({ at: moment, step }) => (
            <span key={moment} className="gantt__tick" style={{ left: x(moment) }}>
              {tickText(moment, step, whole.from)}
            </span>
          ))}
          {gaps.map((gap) => (
            <span key={gap.from} className="gantt__gap" style={{ left: gap.left, width: gap.right - gap.left }} title={ganttWords.gap(formatDuration((gap.to - gap.from) / 1000))} />
          ))}
        </div>
      </div>
      <div className="gantt__rows" role="list" aria-label={ganttWords.chart} style={{ height: virtual.getTotalSize() }} onKeyDown={onKeyDown} onContextMenu={onContextMenu}>
        {width > 0 &&
          virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <div key={row.key} role="listitem" className={critical.has(row.id) && row.kind === "task" ? "gantt__row gantt__row--critical" : "gantt__row"} style={{ transform: `translateY(${item.start}px)` }}>
                <Cover row={row} at={item.index} isReachable={item.index === Math.min(at, rows.length - 1)} href={taskPlace(dagId, runId, row.id, row.mapIndex)} now={now} onFocus={() => setAt(item.index)} onFold={() => onFold(row)} />
                <Label row={row} onFold={() => onFold(row)} />
                <div className="gantt__lane" style={{ width }}>
                  {marks.map(({ at: moment }) => (
                    <i key={moment} style={{ left: x(moment) }} />
                  ))}
                  {gaps.map((gap) => (
                    <span key={gap.from} className="gantt__gap" style={{ left: gap.left, width: gap.right - gap.left }} />
                  ))}
                  {row.bars.map((one, i) => (
                    <BarView key={`${one.tryNumber}${one.kind}${one.start}${i}`} bar={one} isGroup={row.kind === "group"} place={geometry(one, span, width, now, axis.place)} now={now} />
                  ))}
                </div>
              </div>
            );
          })}
      </div>
      {acts}
    </div>
  );
}

type CoverProps = { row: Row; at: number; isReachable: boolean; href: string; now: number; onFocus: () => void; onFold: () => void };

/** What takes clicks and the focus for the whole row. */
function Cover({ row, at, isReachable, href, now, onFocus, onFold }: CoverProps) {
  const common = { className: "gantt__cover", "data-row": at, tabIndex: isReachable ? 0 : -1, "aria-label": rowText(row, now), onFocus };
  if (row.kind === "group") return <button type="button" {...common} aria-expanded={row.isOpen ?? undefined} onClick={onFold} />;
  return <PlainLink {...common} href={href} />;
}

function Label({ row, onFold }: { row: Row; onFold: () => void }) {
  return (
    <div className="gantt__label" style={{ "--depth": row.depth } as CSSProperties} title={row.id}>
      {row.isOpen !== null ? (
        <button
          type="button"
          className="gantt__fold"
          tabIndex={-1}
          aria-label={row.kind === "group" ? row.label : ganttWords.unfold(row.label)}
          aria-expanded={row.isOpen}
          onClick={onFold}
        >
          {row.isOpen ? <ChevronDown size={14} aria-hidden="true" /> : <ChevronRight size={14} aria-hidden="true" />}
        </button>
      ) : (
        <span className="gantt__fold" />
      )}
      {row.state && <StateIcon state={row.state} />}
      <span className={row.kind === "group" ? "truncate gantt__group" : "truncate"}>{row.label}</span>
      {row.instances > 1 && <span className="quiet">[{row.instances}]</span>}
    </div>
  );
}

function BarView({ bar, isGroup, place, now }: { bar: Bar; isGroup: boolean; place: { left: number; width: number } | null; now: number }) {
  if (!place) return null;
  return (
    <span
      className={isGroup ? "gbar gbar--group" : `gbar gbar--${bar.kind}`}
      data-state={bar.kind === "running" ? bar.state || "none" : undefined}
      data-kind={bar.kind}
      data-try={bar.tryNumber}
      data-start={bar.start}
      data-end={bar.end ?? ""}
      style={place}
      title={`${ganttWords.kind[bar.kind]}${bar.tryNumber ? ` · ${ganttWords.try(bar.tryNumber)}` : ""} · ${formatClock(new Date(bar.start).toISOString())} · ${formatDuration(((bar.end ?? now) - bar.start) / 1000)}`}
    />
  );
}

function rowText(row: Row, now: number): string {
  const sum = (kinds: string[]) => row.bars.filter((bar) => kinds.includes(bar.kind)).reduce((all, bar) => all + ((bar.end ?? now) - bar.start) / 1000, 0);
  const tries = Math.max(0, ...row.bars.map((bar) => bar.tryNumber));
  return [
    row.kind === "instance" ? `${row.id} [${row.mapIndex}]` : row.id,
    row.state ? stateText(row.state) : "",
    row.instances > 1 ? ganttWords.instances(row.instances) : "",
    tries > 1 ? ganttWords.try(tries) : "",
    row.bars.length ? `${ganttWords.kind.queued} ${formatDuration(sum(["scheduled", "queued"]))}, ${ganttWords.kind.running} ${formatDuration(sum(["running"]))}` : ganttWords.notStarted,
  ]
    .filter(Boolean)
    .join(", ");
}

/** Since the begin of the run, as exact as the step. */
function tickText(moment: number, step: number, origin: number): string {
  const since = moment - origin;
  if (step >= DAY) return `${Math.round(since / DAY)} d`;
  if (step < 1_000) return `${(since / 1000).toFixed(step < 10 ? 3 : step < 100 ? 2 : 1)} s`;
  const seconds = Math.round(since / 1000);
  const two = (n: number) => String(Math.abs(n)).padStart(2, "0");
  if (Math.abs(seconds) < 60 && step < 60_000) return `${seconds} s`;
  const hours = Math.trunc(seconds / 3600);
  const minutes = Math.trunc((seconds % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
