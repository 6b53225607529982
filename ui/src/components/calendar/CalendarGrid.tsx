import type { KeyboardEvent } from "react";

import type { CalendarCell } from "../../services/history";
import type { RunState } from "../../services/types";
import { words } from "../../words";
import { history } from "../../words/history";
import { PlainLink } from "../PlainLink";
import { type Look, lookOf } from "./model";

const ORDER: RunState[] = ["failed", "running", "queued", "success"];

/** How many runs of which state, in words. */
export function partsOf(cell: CalendarCell | undefined): string {
  if (!cell) return history.nothing;
  const parts = ORDER.filter((state) => cell.counts[state]).map((state) => `${cell.counts[state]} ${words.runState[state].toLowerCase()}`);
  if (cell.planned > 0) parts.push(history.planned(cell.planned));
  return parts.join(", ") || history.nothing;
}

export type Square = { key: string; label: string; cell: CalendarCell | undefined; href: string };
type Props = { caption: string; head: string[]; rows: { name: string; squares: (Square | null)[] }[]; wide?: boolean; today: string };

const SHAPES: Record<Look, string> = { none: "", success: "", failed: "×", mixed: "", running: "", planned: "" };

/** Cells in rows; one of them is in the order of Tab, the arrows lead to the others. */
export function CalendarGrid({ caption, head, rows, wide = false, today }: Props) {
  const first = rows.flatMap((row) => row.squares).find((square) => square !== null)?.key;
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
              {row.squares.map((square, x) =>
                square === null ? (
                  <td key={x} />
                ) : (
                  <td key={square.key}>
                    <PlainLink
                      href={square.href}
                      className="calendar__cell"
                      data-cell={square.key}
                      data-x={x}
                      data-y={y}
                      data-look={lookOf(square.cell)}
                      data-today={square.key === today || undefined}
                      aria-label={history.cell(square.label, partsOf(square.cell))}
                      title={history.cell(square.label, partsOf(square.cell))}
                      tabIndex={square.key === first ? 0 : -1}
                    >
                      {SHAPES[lookOf(square.cell)]}
                    </PlainLink>
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const STEPS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function move(event: KeyboardEvent<HTMLTableElement>): void {
  const step = STEPS[event.key];
  if (!step || !(event.target instanceof HTMLElement) || event.target.dataset.cell === undefined) return;
  event.preventDefault();
  const x = Number(event.target.dataset.x) + step[0];
  const y = Number(event.target.dataset.y) + step[1];
  const next = event.currentTarget.querySelector<HTMLElement>(`[data-x="${x}"][data-y="${y}"]`);
  if (!next) return;
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
