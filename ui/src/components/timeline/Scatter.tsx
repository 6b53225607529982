import { useEffect, useRef } from "react";

import { useSettings } from "../../hooks/useSettings";
import { useWidth } from "../../hooks/useWidth";
import { history } from "../../words/history";
import { formatShort } from "../../words/times";
import { durationTicks, shortDuration } from "../charts/scale";
import { type Bar, spanOf } from "./model";
import { brushOf, type Ink } from "./paint";
import type { Shown } from "./shown";
import type { Heat } from "./sums";

const HEIGHT = 160;
/** From a moment (milliseconds), and from a duration (seconds), to pixels. */
type Axes = { x: (at: number) => number; y: (seconds: number) => number };

/** When each began and how long it took: a dot for each, or fields that are the darker the more there are. */
export function Scatter({ shown, label }: { shown: Shown; label: number }) {
  const { of, dots, heat } = shown;
  const settings = useSettings();
  const [box, width] = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const made = brushOf(canvas.current, width, HEIGHT);
    if (!made) return;
    const [pen, ink] = made;
    const span = spanOf(of);
    const begun = dots.filter((bar) => bar.start >= 0);
    const longest = heat ? heat.reduce((most, one) => Math.max(most, one.to), 1) : begun.reduce((most, bar) => Math.max(most, (bar.end - bar.start) / 1000), 1);
    const ticks = durationTicks(longest);
    const most = ticks.at(-1) ?? 1;
    const axes: Axes = {
      x: (at) => label + (at / span) * (width - label),
      // Roots bring short and long ones onto one picture.
      y: (seconds) => 8 + (HEIGHT - 16) * (1 - Math.sqrt(seconds / most)),
    };
    for (const tick of ticks) {
      pen.fillStyle = ink("line");
      pen.fillRect(label, Math.round(axes.y(tick)), width - label, 1);
      pen.fillStyle = ink("ink-3");
      pen.textAlign = "right";
      pen.fillText(shortDuration(tick), label - 8, axes.y(tick));
    }
    if (heat) paintHeat(pen, ink, heat, axes, width);
    else paintDots(pen, ink, begun, axes);
  }, [width, of, dots, heat, label, settings]);
  const text = `${history.scatter}, ${formatShort(of.since)} – ${formatShort(of.until)}`;
  return (
    <figure className="chart" aria-label={text}>
      <h2>{history.scatter}</h2>
      <div ref={box}>
        <canvas ref={canvas} aria-hidden="true" />
      </div>
    </figure>
  );
}

function paintDots(pen: CanvasRenderingContext2D, ink: Ink, bars: Bar[], { x, y }: Axes): void {
  pen.globalAlpha = 0.75;
  for (const bar of bars) {
    const at = y((bar.end - bar.start) / 1000);
    pen.fillStyle = ink(`state-${bar.state}`);
    pen.beginPath();
    // What failed is a square, a little larger: not told by colour alone.
    if (bar.failed) pen.rect(x(bar.start) - 3, at - 3, 6, 6);
    else pen.arc(x(bar.start), at, 2.5, 0, 7);
    pen.fill();
  }
}

function paintHeat(pen: CanvasRenderingContext2D, ink: Ink, heat: Heat[], { x, y }: Axes, width: number): void {
  const most = heat.reduce((found, one) => Math.max(found, one.ran), 1);
  pen.fillStyle = ink("state-running");
  for (const one of heat) {
    const top = y(one.to);
    pen.globalAlpha = 0.2 + 0.8 * Math.sqrt(one.ran / most);
    pen.fillRect(x(one.start), top, Math.max(1, Math.min(width, x(one.end)) - x(one.start)), Math.max(2, y(one.from) - top));
  }
  pen.globalAlpha = 1;
  for (const one of heat) {
    if (one.failed === 0) continue;
    const middle = (y(one.from) + y(one.to)) / 2;
    pen.fillStyle = ink("state-failed");
    pen.fillRect((x(one.start) + x(one.end)) / 2 - 2, middle - 2, 4, 4);
  }
}
