import type { KeyboardEvent } from "react";

import type { CalendarCell } from "../../services/history";
import type { RunState } from "../../services/types";
import { words } from "../../words";
import { history } from "../../words/history";
import { PlainLink } from "../PlainLink";
import { countOf, type Look, lookOf, shadeOf } from "./model";

const ORDER: RunState[] = ["failed", "running", "queued", "success"];

/** How many runs of which state, in words. */
export function partsOf(cell: CalendarCell | undefined): string {
  if (!cell) return history.nothing;
  const parts = ORDER.filter((state) => cell.counts[state]).map((state) => `${cell.counts[state]} ${words.runState[state].toLowerCase()}`);
  if (cell.planned > 0) parts.push(history.planned(cell.planned));
  return parts.join(", ") || history.nothing;
}

export type Square = { key: string; label: string; cell: CalendarCell | undefined; href: string };
/** What cells count, with the limits of the shades; null = they show how runs ended. */
export type Counting = { of: "runs" | "failed"; shades: number[] } | null;
/** A place has one square, none, or two: an hour that the clocks go through twice. */
type Props = { caption: string; head: string[]; rows: { name: string; places: Square[][] }[]; wide?: boolean; today: string; counting: Counting };

/** What stands in a cell beside its colour. */
export const SHAPES: Record<Look, string> = { none: "", success: "", failed: "×", mixed: "", running: "", planned: "" };

/** Cells in rows; one of them is in the order of Tab, the arrows lead to the others. */
export function CalendarGrid({ caption, head, rows, wide = false, today, counting }: Props) {
  const first = rows.flatMap((row) => row.places.flat())[0]?.key;
  return (
    <div className="calendar__scroll">
      <table className={wide ? "calendar calendar--hours" : "calendar"} onKeyDown={move}>
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            <td />
            {head.map((text, i) => (
              <th key={i} scope="col">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, y) => (
            <tr key={row.name + String(y)}>
              <th scope="row">{row.name}</th>
              {row.places.map((squares, x) => (
                <td key={x} data-squares={squares.length}>
                  {squares.map((square, part) => (
                    <Cell key={square.key} square={square} x={x} y={y} part={part} isFirst={square.key === first} isToday={square.key === today} counting={counting} />
                  ))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type CellProps = { square: Square; x: number; y: number; part: number; isFirst: boolean; isToday: boolean; counting: Counting };

function Cell({ square, x, y, part, isFirst, isToday, counting }: CellProps) {
  const text = history.cell(square.label, partsOf(square.cell));
  const count = counting ? countOf(square.cell, counting.of) : 0;
  // What is still planned has no count, and is seen all the same.
  const look = counting && lookOf(square.cell) !== "planned" ? "count" : lookOf(square.cell);
  return (
    <PlainLink
      href={square.href}
      className="calendar__cell"
      data-cell={square.key}
      data-x={x}
      data-y={y}
      data-part={part}
      data-look={look}
      data-of={counting?.of}
      data-shade={counting && look === "count" ? shadeOf(count, counting.shades) : undefined}
      data-today={isToday || undefined}
      aria-label={text}
      title={text}
      tabIndex={isFirst ? 0 : -1}
    >
      {look === "count" ? (count > 0 && count < 100 ? count : "") : SHAPES[look]}
    </PlainLink>
  );
}

const STEPS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function move(event: KeyboardEvent<HTMLTableElement>): void {
  const step = STEPS[event.key];
  if (!step || !(event.target instanceof HTMLElement) || event.target.dataset.cell === undefined) return;
  event.preventDefault();
  const { x: fromX, y: fromY, part } = event.target.dataset;
  const table = event.currentTarget;
  const at = (x: number, y: number, part: number | string) => table.querySelector<HTMLElement>(`[data-x="${x}"][data-y="${y}"][data-part="${part}"]`);
  let [x, y] = [Number(fromX), Number(fromY)];
  // Within an hour that comes twice first, and over an hour that is not there.
  let next = step[0] ? at(x, y, Number(part) + step[0]) : null;
  for (let tries = 0; !next && tries < 3; tries++) {
    [x, y] = [x + step[0], y + step[1]];
    next = at(x, y, step[0] < 0 ? 1 : 0) ?? at(x, y, 0);
  }
  if (!next) return;
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
