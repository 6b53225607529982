import { type PointerEvent, useEffect, useRef, useState } from "react";

import { useSettings } from "../../hooks/useSettings";
import { useWidth } from "../../hooks/useWidth";
import { history } from "../../words/history";
import { spanOf } from "./model";
import { brushOf } from "./paint";
import type { Shown, Steps } from "./shown";

const HEIGHT = 96;

type Props = { shown: Shown; label: number; onBrush: (since: number, until: number) => void };

/** How many ran at once; a drag over it looks closer. */
export function Concurrency({ shown, label, onBrush }: Props) {
  const { of, steps, mean, what } = shown;
  const settings = useSettings();
  const [box, width] = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<[number, number] | null>(null);
  const span = spanOf(of);
  const most = steps.reduce((found, [, level]) => Math.max(found, level), 1);
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const made = brushOf(canvas.current, width, HEIGHT);
    if (!made) return;
    const [pen, ink] = made;
    const x = (at: number) => label + (at / span) * (width - label);
    const y = (level: number) => 8 + (HEIGHT - 9) * (1 - level / most);
    const fill = (curve: Steps, alpha: number) => {
      pen.beginPath();
      pen.moveTo(label, y(0));
      let before = 0;
      for (const [at, level] of curve) {
        pen.lineTo(x(at), y(before));
        pen.lineTo(x(at), y(level));
        before = level;
      }
      pen.lineTo(width, y(before));
      pen.lineTo(width, y(0));
      pen.closePath();
      pen.globalAlpha = alpha;
      pen.fillStyle = ink("state-running");
      pen.fill();
    };
    fill(steps, mean ? 0.35 : 0.5);
    if (mean) fill(mean, 0.6);
    pen.globalAlpha = 1;
    pen.fillStyle = ink("ink-3");
    pen.fillRect(label, HEIGHT - 1, width - label, 1);
    pen.fillText(history.most(most), 0, 14);
    pen.fillText("0", label - 14, HEIGHT - 8);
  }, [width, span, steps, mean, most, label, settings]);
  const at = (event: PointerEvent) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return Math.min(width, Math.max(label, event.clientX - bounds.left));
  };
  const toTime = (px: number) => Date.parse(of.since) + ((px - label) / (width - label)) * span;
  return (
    <figure className="chart" aria-label={history.concurrency[what]}>
      <h2>{history.concurrency[what]}</h2>
      {mean && <p className="quiet">{history.mostAndMean}</p>}
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
