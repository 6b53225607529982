import { type PointerEvent, useEffect, useRef, useState } from "react";

import { useSettings } from "../../hooks/useSettings";
import { useWidth } from "../../hooks/useWidth";
import type { Timeline } from "../../services/history";
import { history } from "../../words/history";
import { formatShort } from "../../words/times";
import { durationTicks, shortDuration } from "../charts/scale";
import { endOf } from "./model";
import { brushOf } from "./paint";

const HEIGHT = 96;
const SCATTER = 160;

type Props = { data: Timeline; steps: [number, number][]; label: number; onBrush: (since: number, until: number) => void };

/** How many runs there were at once; a drag over it looks closer. */
export function Concurrency({ data, steps, label, onBrush }: Props) {
  const settings = useSettings();
  const [box, width] = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<[number, number] | null>(null);
  const span = Date.parse(data.until) - Date.parse(data.since);
  const most = Math.max(1, ...steps.map(([, level]) => level));
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const made = brushOf(canvas.current, width, HEIGHT);
    if (!made) return;
    const [pen, ink] = made;
    const x = (at: number) => label + (at / span) * (width - label);
    const y = (level: number) => 8 + (HEIGHT - 9) * (1 - level / most);
    pen.beginPath();
    pen.moveTo(label, y(0));
    let before = 0;
    for (const [at, level] of steps) {
      pen.lineTo(x(at), y(before));
      pen.lineTo(x(at), y(level));
      before = level;
    }
    pen.lineTo(width, y(before));
    pen.lineTo(width, y(0));
    pen.closePath();
    pen.globalAlpha = 0.5;
    pen.fillStyle = ink("state-running");
    pen.fill();
    pen.globalAlpha = 1;
    pen.fillStyle = ink("ink-3");
    pen.fillRect(label, HEIGHT - 1, width - label, 1);
    pen.fillText(history.most(most), 0, 14);
    pen.fillText("0", label - 14, HEIGHT - 8);
  }, [width, span, steps, most, label, settings]);
  const at = (event: PointerEvent) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return Math.min(width, Math.max(label, event.clientX - bounds.left));
  };
  const toTime = (px: number) => Date.parse(data.since) + ((px - label) / (width - label)) * span;
  return (
    <figure className="chart" aria-label={history.concurrency}>
      <h2>{history.concurrency}</h2>
      <div
        ref={box}
        className="brush"
        title={history.brushHint}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag([at(event), at(event)]);
        }}
        onPointerMove={(event) => drag && setDrag([drag[0], at(event)])}
        onPointerUp={() => {
          if (drag && Math.abs(drag[1] - drag[0]) > 6) onBrush(toTime(Math.min(...drag)), toTime(Math.max(...drag)));
          setDrag(null);
        }}
        onPointerCancel={() => setDrag(null)}
      >
        <canvas ref={canvas} aria-hidden="true" />
        {drag && <span className="brush__chosen" style={{ left: Math.min(...drag), width: Math.abs(drag[1] - drag[0]), height: HEIGHT }} />}
      </div>
    </figure>
  );
}

/** A dot for each run: when it started and how long it took. */
export function Scatter({ data, label }: { data: Timeline; label: number }) {
  const settings = useSettings();
  const [box, width] = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const made = brushOf(canvas.current, width, SCATTER);
    if (!made) return;
    const [pen, ink] = made;
    const since = Date.parse(data.since);
    const span = Date.parse(data.until) - since;
    const now = Date.parse(data.now) - since;
    const dots = data.runs.filter((run) => run[5] !== null && run[5] >= 0).map((run) => [run[5] ?? 0, (endOf(run, now) - (run[5] ?? 0)) / 1000, run[2]] as const);
    const ticks = durationTicks(dots.reduce((most, [, took]) => Math.max(most, took), 1));
    const most = ticks.at(-1) ?? 1;
    // Roots bring short and long runs onto one picture.
    const y = (seconds: number) => 8 + (SCATTER - 16) * (1 - Math.sqrt(seconds / most));
    for (const tick of ticks) {
      pen.fillStyle = ink("line");
      pen.fillRect(label, Math.round(y(tick)), width - label, 1);
      pen.fillStyle = ink("ink-3");
      pen.textAlign = "right";
      pen.fillText(shortDuration(tick), label - 8, y(tick));
    }
    pen.globalAlpha = 0.75;
    for (const [at, took, state] of dots) {
      const px = label + (at / span) * (width - label);
      pen.fillStyle = ink(`state-${state}`);
      pen.beginPath();
      if (state === "failed") {
        // Failed runs are squares, a little larger: not told by colour alone.
        pen.rect(px - 3, y(took) - 3, 6, 6);
      } else pen.arc(px, y(took), 2.5, 0, 7);
      pen.fill();
    }
  }, [width, data, label, settings]);
  const text = `${history.scatter}, ${formatShort(data.since)} – ${formatShort(data.until)}`;
  return (
    <figure className="chart" aria-label={text}>
      <h2>{history.scatter}</h2>
      <div ref={box}>
        <canvas ref={canvas} aria-hidden="true" />
      </div>
    </figure>
  );
}
