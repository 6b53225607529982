import { useRouter } from "@tanstack/react-router";
import { type MouseEvent, useEffect, useMemo, useRef, useState } from "react";

import { useSettings } from "../../hooks/useSettings";
import { useWidth } from "../../hooks/useWidth";
import { dagPlace } from "../../services/places";
import { history } from "../../words/history";
import { formatShort } from "../../words/times";
import { isSpecialClick } from "../PlainLink";
import { type FloorRow, GAP, heightOf, LANE, nowOf, spanOf } from "./model";
import { brushOf } from "./paint";
import { extent, type Frame, HEAD, paintFloor, visible } from "./paintFloor";
import type { Shown } from "./shown";

const HEIGHT = 480;
/** Of the stretch: what a click on a strip looks at. */
const CLOSER = 1 / 8;

type Props = { shown: Shown; label: number; zoneShift: number; onZoom: (since: number, until: number) => void };
/** What lies below the pointer, and what a click does: a page, or a closer look at these moments. */
type Hit = { x: number; y: number; text: string; href: string; zoom?: [number, number] };

/** All that ran in rows: one canvas that shows what the scroll is at. */
export function Floor({ shown, label, zoneShift, onZoom }: Props) {
  const { rows, of, what } = shown;
  const settings = useSettings();
  const [box, width] = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [hit, setHit] = useState<Hit | null>(null);
  const router = useRouter();
  const last = rows.at(-1);
  const total = last ? last.top + heightOf(last) : 0;
  const height = Math.min(HEIGHT, total + HEAD);
  const frame = useMemo((): Frame => {
    const most = rows.reduce((found, row) => row.cells.reduce((before, cell) => Math.max(before, cell.ran), found), 1);
    return { since: Date.parse(of.since), span: spanOf(of), now: nowOf(of), label, width, height, zoneShift, most };
  }, [rows, of, label, width, height, zoneShift]);

  useEffect(() => {
    const paint = () => {
      if (!canvas.current || width === 0) return;
      const made = brushOf(canvas.current, width, height);
      if (!made) return;
      const scroll = scroller.current?.scrollTop ?? 0;
      paintFloor(...made, visible(rows, scroll, height - HEAD), scroll, frame);
    };
    paint();
    const element = scroller.current;
    element?.addEventListener("scroll", paint, { passive: true });
    return () => element?.removeEventListener("scroll", paint);
  }, [rows, width, height, frame, settings]);

  const find = (event: MouseEvent): Hit | null => {
    const bounds = canvas.current?.getBoundingClientRect();
    if (!bounds) return null;
    const at = { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
    const y = at.y - HEAD + (scroller.current?.scrollTop ?? 0);
    const row = at.y < HEAD ? undefined : rows.find((one) => y >= one.top && y < one.top + heightOf(one));
    if (!row) return null;
    if (at.x < label) return { ...at, text: `${row.name}: ${history.counted[what](row.ran)}`, href: shown.by === "dag" && row.key ? dagPlace(row.key) : shown.list(row) };
    if (row.cells.length > 0) return findBin(row, at, frame);
    const lane = Math.floor((y - row.top - GAP / 2) / LANE);
    const block = row.blocks.findLast((one) => {
      const [from, wide] = extent(one.bar, frame);
      return one.lane === lane && at.x >= from - 1 && at.x <= from + wide + 1;
    });
    return block ? { ...at, text: shown.tell(block.bar), href: shown.place(block.bar) } : null;
  };
  const open = (found: Hit | null, event: MouseEvent) => {
    if (found?.zoom) onZoom(frame.since + found.zoom[0], frame.since + found.zoom[1]);
    else if (!found?.href) return;
    else if (isSpecialClick(event)) window.open(found.href, "_blank", "noopener");
    else router.history.push(found.href);
  };
  return (
    <div ref={box} className="floor">
      <div
        ref={scroller}
        className="floor__scroll"
        style={{ height }}
        tabIndex={0}
        role="region"
        aria-label={history.floor[what]}
        onMouseMove={(event) => setHit(find(event))}
        onMouseLeave={() => setHit(null)}
        onClick={(event) => open(find(event), event)}
      >
        <canvas ref={canvas} className="floor__canvas" data-pointing={hit?.href || hit?.zoom ? true : undefined} aria-hidden="true" />
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

/** The bin of a strip. */
function findBin(row: FloorRow, at: { x: number; y: number }, frame: Frame): Hit | null {
  const moment = ((at.x - frame.label) / (frame.width - frame.label)) * frame.span;
  const cell = row.cells.find((one) => moment >= one.start && moment < one.end);
  if (!cell) return null;
  const bin = (cell.end - cell.start) / cell.bins;
  const start = Math.floor(moment / bin) * bin;
  const half = (frame.span * CLOSER) / 2;
  const from = Math.min(Math.max(0, start + bin / 2 - half), frame.span - 2 * half);
  const text = [row.name, `${formatShort(frame.since + start)} – ${formatShort(frame.since + Math.min(start + bin, frame.span))}`, history.ofBin(cell.ran, cell.failed)].join(" · ");
  return { ...at, text, href: "", zoom: [from, from + 2 * half] };
}
