import { useNavigate, useRouter } from "@tanstack/react-router";
import { type MouseEvent, useEffect, useMemo, useRef, useState } from "react";

import { useSettings } from "../../hooks/useSettings";
import { useWidth } from "../../hooks/useWidth";
import type { Timeline } from "../../services/history";
import { dagPlace, runPlace } from "../../services/places";
import { words } from "../../words";
import { history } from "../../words/history";
import { formatDuration, formatHour, formatShort } from "../../words/times";
import { isSpecialClick } from "../PlainLink";
import { type Block, type FloorRow, GAP, heightOf, LANE } from "./model";
import { brushOf, timeTicks } from "./paint";

const HEIGHT = 480;
const HEAD = 20;
/** Pixels that a run measures at least, so that a click finds it. */
const LEAST = 3;

type Props = { data: Timeline; rows: FloorRow[]; label: number; zoneShift: number };
type Hit = { x: number; y: number; text: string; href: string };

/** All runs in rows: one canvas that shows what the scroll is at. */
export function Floor({ data, rows, label, zoneShift }: Props) {
  const settings = useSettings();
  const [box, width] = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [hit, setHit] = useState<Hit | null>(null);
  const router = useRouter();
  const navigate = useNavigate();
  const since = Date.parse(data.since);
  const span = Date.parse(data.until) - since;
  const now = Date.parse(data.now) - since;
  const last = rows.at(-1);
  const total = last ? last.top + heightOf(last) : 0;
  const height = Math.min(HEIGHT, total + HEAD);
  const x = useMemo(() => (at: number) => label + (at / span) * (width - label), [label, span, width]);

  useEffect(() => {
    const paint = () => {
      if (!canvas.current || width === 0) return;
      const made = brushOf(canvas.current, width, height);
      if (!made) return;
      const [pen, ink] = made;
      const scroll = scroller.current?.scrollTop ?? 0;
      pen.strokeStyle = ink("line");
      for (const tick of timeTicks(since, span, width - label, zoneShift)) {
        pen.fillStyle = ink("line");
        pen.fillRect(Math.round(x(tick)), HEAD, 1, height);
      }
      for (const row of visible(rows, scroll, height - HEAD)) {
        const top = row.top - scroll + HEAD;
        pen.fillStyle = ink("ink-2");
        pen.fillText(cut(pen, row.name, label - 16), 0, top + heightOf(row) / 2);
        pen.fillStyle = ink("line");
        pen.fillRect(0, top + heightOf(row) - 1, width, 1);
        for (const block of row.blocks) {
          const [from, wide] = extent(block, x, label, width);
          if (from >= width) continue;
          pen.fillStyle = ink(`state-${block.run[2]}`);
          pen.fillRect(from, top + GAP / 2 + block.lane * LANE, wide, LANE - 2);
          if (block.run[2] === "failed") {
            // A dark foot tells a failure without its colour.
            pen.fillStyle = ink("ink");
            pen.fillRect(from, top + GAP / 2 + block.lane * LANE + LANE - 4, wide, 2);
          }
        }
        pen.strokeStyle = ink("ink-3");
        for (const due of row.planned) pen.strokeRect(Math.round(x(due)) + 0.5, top + GAP / 2 + 0.5, 5, LANE - 3);
      }
      pen.fillStyle = ink("paper");
      pen.fillRect(0, 0, width, HEAD);
      pen.fillStyle = ink("ink-3");
      for (const tick of timeTicks(since, span, width - label, zoneShift)) {
        const at = since + tick;
        pen.fillText(span > 2 * 86_400_000 ? formatShort(at) : formatHour(at), Math.min(x(tick) + 3, width - 72), HEAD / 2);
      }
      if (now > 0 && now < span) {
        pen.fillStyle = ink("accent");
        pen.fillRect(Math.round(x(now)), HEAD, 2, height);
      }
    };
    paint();
    const element = scroller.current;
    element?.addEventListener("scroll", paint, { passive: true });
    return () => element?.removeEventListener("scroll", paint);
  }, [rows, width, height, x, since, span, now, label, zoneShift, settings]);

  const find = (event: MouseEvent): Hit | null => {
    const bounds = canvas.current?.getBoundingClientRect();
    if (!bounds) return null;
    const px = event.clientX - bounds.left;
    const py = event.clientY - bounds.top;
    const y = py - HEAD + (scroller.current?.scrollTop ?? 0);
    const row = py < HEAD ? undefined : rows.find((one) => y >= one.top && y < one.top + heightOf(one));
    if (!row) return null;
    if (px < label) return { x: px, y: py, text: `${row.name}: ${history.shownRuns(row.blocks.length)}`, href: row.blocks[0] && data.dags[row.blocks[0].run[0]]?.dag_id === row.key ? dagPlace(row.key) : "" };
    const lane = Math.floor((y - row.top - GAP / 2) / LANE);
    const block = row.blocks.findLast((one) => {
      const [from, wide] = extent(one, x, label, width);
      return one.lane === lane && px >= from - 1 && px <= from + wide + 1;
    });
    if (!block) return null;
    const dag = data.dags[block.run[0]];
    const text = [dag?.name, block.run[1], words.runState[block.run[2]], formatShort(since + block.start), formatDuration((block.end - block.start) / 1000)].join(" · ");
    return { x: px, y: py, text, href: runPlace(dag?.dag_id ?? "", block.run[1]) };
  };
  return (
    <div ref={box} className="floor">
      <div
        ref={scroller}
        className="floor__scroll"
        style={{ height }}
        tabIndex={0}
        role="region"
        aria-label={history.floor}
        onMouseMove={(event) => setHit(find(event))}
        onMouseLeave={() => setHit(null)}
        onClick={(event) => {
          const found = find(event);
          if (!found?.href) return;
          if (isSpecialClick(event)) window.open(found.href, "_blank", "noopener");
          else if (found.href.startsWith("/")) router.history.push(found.href);
          else void navigate({ to: "/timeline" });
        }}
      >
        <canvas ref={canvas} className="floor__canvas" data-pointing={hit?.href ? true : undefined} aria-hidden="true" />
        <div style={{ height: Math.max(0, total + HEAD - height) }} />
      </div>
      {hit && (
        <div className="tip floor__tip" style={{ left: Math.min(hit.x + 12, Math.max(0, width - 280)), top: hit.y + 16 }}>
          {hit.text}
        </div>
      )}
    </div>
  );
}

function extent(block: Block, x: (at: number) => number, left: number, right: number): [number, number] {
  const from = Math.max(left, x(block.start));
  const to = Math.min(right, x(block.end));
  return [from, Math.max(LEAST, to - from)];
}

function visible(rows: FloorRow[], scroll: number, height: number): FloorRow[] {
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
