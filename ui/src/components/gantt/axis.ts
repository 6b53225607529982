/** Where moments stand in the drawing: in proportion to time, or with the long stretches in which nothing ran made short. Pure. */

import { type Row, type Span, stepOf } from "./model";

/** Of the time in which something ran: so long is a stretch drawn in which nothing did. */
const KEPT = 0.03;
/** Only what is so many times longer than it would be drawn is made short. */
const WORTH = 4;

export type Axis = {
  /** Stretches that are drawn shorter than they are, in real time. */
  gaps: Span[];
  /** From a moment to its place, which is a moment again; the begin stays where it is. */
  place: (moment: number) => number;
};

export const PLAIN: Axis = { gaps: [], place: (moment) => moment };

/** An axis on which long stretches without a running task are short. */
export function squeezed(rows: Row[], whole: Span, now: number): Axis {
  const busy: Span[] = [];
  const bars = rows.flatMap((row) => row.bars.filter((bar) => bar.kind === "running").map((bar): Span => ({ from: bar.start, to: bar.end ?? now })));
  for (const bar of bars.sort((a, b) => a.from - b.from)) {
    const last = busy.at(-1);
    if (last && bar.from <= last.to) last.to = Math.max(last.to, bar.to);
    else busy.push({ ...bar });
  }
  const kept = busy.reduce((sum, one) => sum + one.to - one.from, 0) * KEPT;
  if (kept === 0) return PLAIN;
  const edges = [whole.from, ...busy.flatMap((one) => [one.from, one.to]), whole.to];
  const gaps: Span[] = [];
  for (let i = 0; i < edges.length; i += 2) {
    const gap = { from: edges[i] ?? 0, to: edges[i + 1] ?? 0 };
    if (gap.to - gap.from > kept * WORTH) gaps.push(gap);
  }
  const place = (moment: number) => {
    let at = moment;
    for (const gap of gaps) {
      if (moment <= gap.from) break;
      const long = gap.to - gap.from;
      at -= Math.min(moment - gap.from, long) * (1 - kept / long);
    }
    return at;
  };
  return { gaps, place };
}

/** Round times since `origin` that stand in the part `shown` of the axis; none within what is made short. */
export function axisTicks(axis: Axis, shown: Span, width: number, whole: Span, origin: number): { at: number; step: number }[] {
  const step = stepOf(shown, width);
  const found: { at: number; step: number }[] = [];
  let from = whole.from;
  for (const gap of [...axis.gaps, { from: whole.to, to: whole.to }]) {
    // Between two gaps the axis is as long as the time: only what is in sight is walked through.
    const moved = from - axis.place(from);
    const first = Math.max(from, shown.from + moved);
    const last = Math.min(gap.from, shown.to + moved);
    for (let at = origin + Math.ceil((first - origin) / step) * step; at <= last; at += step) found.push({ at, step });
    from = gap.to;
  }
  return found;
}
