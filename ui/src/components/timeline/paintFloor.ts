/** Draws the rows of the floor that are in sight. */

import { formatHour, formatSecond, formatShort } from "../../words/times";
import { type FloorRow, GAP, heightOf, LANE } from "./model";
import { type Ink, timeTicks } from "./paint";

/** Milliseconds of a stretch whose times need their seconds. */
const SHORT = 600_000;
/** Pixels: of the line of times, and of the smallest bar, so that a click finds it. */
export const HEAD = 20;
const LEAST = 3;
/** Of the mark of a failure, and of its dark foot. */
const MARK = 6;
const FOOT = 2;

export type Frame = {
  since: number;
  span: number;
  now: number;
  label: number;
  width: number;
  height: number;
  zoneShift: number;
  /** Of the strips: what is drawn darkest. */
  most: number;
};

/** From a moment to pixels. */
export const placeIn = ({ label, span, width }: Frame, at: number): number => label + (at / span) * (width - label);

export function paintFloor(pen: CanvasRenderingContext2D, ink: Ink, rows: FloorRow[], scroll: number, frame: Frame): void {
  const { since, span, now, label, width, height, zoneShift } = frame;
  const ticks = timeTicks(since, span, width - label, zoneShift);
  pen.fillStyle = ink("line");
  for (const tick of ticks) pen.fillRect(Math.round(placeIn(frame, tick)), HEAD, 1, height);
  for (const row of rows) {
    const top = row.top - scroll + HEAD;
    pen.fillStyle = ink("ink-2");
    pen.fillText(cut(pen, row.name, label - 16), 0, top + heightOf(row) / 2);
    pen.fillStyle = ink("line");
    pen.fillRect(0, top + heightOf(row) - 1, width, 1);
    paintCells(pen, ink, row, top + GAP / 2, frame);
    paintBars(pen, ink, row, top + GAP / 2, frame);
    pen.strokeStyle = ink("ink-3");
    for (const due of row.planned) pen.strokeRect(Math.round(placeIn(frame, due)) + 0.5, top + GAP / 2 + 0.5, 5, LANE - 3);
  }
  pen.fillStyle = ink("paper");
  pen.fillRect(0, 0, width, HEAD);
  pen.fillStyle = ink("ink-3");
  for (const tick of ticks) {
    const at = since + tick;
    pen.fillText(span > 2 * 86_400_000 ? formatShort(at) : span < SHORT ? formatSecond(at) : formatHour(at), Math.min(placeIn(frame, tick) + 3, width - 72), HEAD / 2);
  }
  if (now > 0 && now < span) {
    pen.fillStyle = ink("accent");
    pen.fillRect(Math.round(placeIn(frame, now)), HEAD, 2, height);
  }
}

function paintBars(pen: CanvasRenderingContext2D, ink: Ink, row: FloorRow, top: number, frame: Frame): void {
  pen.globalAlpha = 0.45;
  pen.fillStyle = ink("state-queued");
  for (const { bar, lane } of row.blocks)
    if (bar.waited !== null && bar.start > 0) {
      const from = Math.max(frame.label, placeIn(frame, bar.waited));
      pen.fillRect(from, top + lane * LANE + 2, placeIn(frame, bar.start) - from, LANE - 6);
    }
  pen.globalAlpha = 1;
  for (const { bar, lane } of row.blocks) {
    const [from, wide] = extent(bar, frame);
    if (from >= frame.width) continue;
    pen.fillStyle = ink(`state-${bar.state}`);
    pen.fillRect(from, top + lane * LANE, wide, LANE - 2);
    if (bar.failed) {
      // A dark foot tells a failure without its colour.
      pen.fillStyle = ink("ink");
      pen.fillRect(from, top + lane * LANE + LANE - 2 - FOOT, wide, FOOT);
    }
  }
}

/** Strips: the more ran in a bin the darker; a mark with a dark foot where some failed, the higher the more of them. */
function paintCells(pen: CanvasRenderingContext2D, ink: Ink, row: FloorRow, top: number, frame: Frame): void {
  const high = row.lanes * LANE - 2;
  pen.fillStyle = ink("state-running");
  for (const cell of row.cells) {
    const [from, wide] = inPixels(cell, frame);
    // Roots keep what is rare in sight.
    pen.globalAlpha = 0.2 + 0.8 * Math.sqrt(cell.ran / frame.most);
    pen.fillRect(from, top, wide, high);
  }
  pen.globalAlpha = 1;
  for (const cell of row.cells) {
    if (cell.failed === 0) continue;
    const [from, wide] = inPixels(cell, frame);
    const mark = 2 + Math.round((MARK - 2) * Math.min(1, cell.failed / cell.ran));
    pen.fillStyle = ink("state-failed");
    pen.fillRect(from, top + high - FOOT - mark, wide, mark);
    pen.fillStyle = ink("ink");
    pen.fillRect(from, top + high - FOOT, wide, FOOT);
  }
}

/** Left end and width in pixels. */
export function extent({ start, end }: { start: number; end: number }, frame: Frame, least = LEAST): [number, number] {
  const from = Math.max(frame.label, placeIn(frame, start));
  const to = Math.min(frame.width, placeIn(frame, end));
  return [from, Math.max(least, to - from)];
}

/** The same in whole pixels, so that no seam shows between cells. */
function inPixels(cell: { start: number; end: number }, frame: Frame): [number, number] {
  const [from, wide] = extent(cell, frame, 0);
  const left = Math.round(from);
  return [left, Math.max(1, Math.round(from + wide) - left)];
}

/** The rows between two heights. */
export function visible(rows: FloorRow[], scroll: number, height: number): FloorRow[] {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row && row.top + heightOf(row) <= scroll) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < rows.length && (rows[end]?.top ?? 0) < scroll + height) end += 1;
  return rows.slice(low, end);
}

function cut(pen: CanvasRenderingContext2D, text: string, width: number): string {
  if (pen.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && pen.measureText(`${text.slice(0, end)}…`).width > width) end -= 1;
  return `${text.slice(0, end)}…`;
}
