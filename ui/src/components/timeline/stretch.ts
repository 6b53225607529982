/** Stretches of time, in milliseconds. */

export const HOUR = 3_600_000;
/** The shortest that one button leads to, and the longest that is shown. */
export const LEAST_SPAN = 60_000;
export const MOST_SPAN = 31 * 24 * HOUR;
/** Of a new stretch: the part that lies ahead, for runs that are planned. */
const AHEAD = 1 / 6;

/** So many hours around now. */
export function stretch(hours: number, now: number): [number, number] {
  const until = Math.ceil((now + hours * HOUR * AHEAD) / 60_000) * 60_000;
  return [until - hours * HOUR, until];
}
