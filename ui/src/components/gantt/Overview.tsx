import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";

import { useLook } from "../../hooks/useSettings";
import { ganttWords } from "../../words/gantt";
import { colorsNow } from "../graph/look";
import type { Axis } from "./axis";
import type { Row, Span } from "./model";
import { zoomKey } from "./zoom";

const HEIGHT = 32;
/** Pixels that a drag must cover to choose a part. */
const LEAST = 4;

/** `whole` and `span` are parts of the axis. */
type Props = { rows: Row[]; axis: Axis; whole: Span; span: Span; width: number; now: number; onZoom: (span: Span | null) => void };

/** The whole run in small, and the part of it that is shown: dragged with the pointer, moved and resized with keys. */
export function Overview({ rows, axis, whole, span, width, now, onZoom }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const look = useLook();
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  useEffect(() => {
    const pen = canvas.current?.getContext("2d");
    if (!pen || !canvas.current) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.current.width = width * ratio;
    canvas.current.height = HEIGHT * ratio;
    pen.scale(ratio, ratio);
    const colors = colorsNow();
    const scale = width / (whole.to - whole.from);
    const tasks = rows.filter((row) => row.kind === "task");
    const step = Math.min(3, (HEIGHT - 4) / Math.max(1, tasks.length));
    tasks.forEach((row, i) => {
      for (const bar of row.bars) {
        if (bar.kind !== "running") continue;
        pen.fillStyle = bar.state ? colors.state[bar.state] : colors.lineStrong;
        const left = axis.place(bar.start);
        pen.fillRect((left - whole.from) * scale, 2 + i * step, Math.max(0.75, (axis.place(bar.end ?? now) - left) * scale), Math.max(0.75, step * 0.8));
      }
    });
  }, [rows, axis, whole.from, whole.to, width, now, look]);

  const moment = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return whole.from + (Math.max(0, Math.min(width, event.clientX - box.left)) * (whole.to - whole.from)) / width;
  };
  const isWhole = span.from <= whole.from && span.to >= whole.to;
  const onKeyDown = (event: KeyboardEvent) => {
    const next = zoomKey(event.key, span, whole);
    if (next === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    onZoom(next);
  };
  const shown = drag ? { from: Math.min(drag.from, drag.to), to: Math.max(drag.from, drag.to) } : span;
  const x = (at: number) => ((at - whole.from) * width) / (whole.to - whole.from);
  return (
    // A slider of two ends has no role of its own; the group takes the keys.
    <div
      className="gantt__overview"
      role="group"
      tabIndex={0}
      aria-label={ganttWords.overview}
      onKeyDown={onKeyDown}
      onDoubleClick={() => onZoom(null)}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const at = moment(event);
        setDrag({ from: at, to: at });
      }}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: moment(event) })}
      onPointerUp={() => {
        if (drag && Math.abs(x(drag.to) - x(drag.from)) >= LEAST) onZoom(shown);
        setDrag(null);
      }}
      onPointerCancel={() => setDrag(null)}
    >
      <canvas ref={canvas} style={{ width, height: HEIGHT }} aria-hidden="true" />
      {(!isWhole || drag) && <span className="gantt__window" style={{ left: x(shown.from), width: Math.max(2, x(shown.to) - x(shown.from)) }} />}
    </div>
  );
}
