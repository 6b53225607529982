/** Dates and durations as people read them. The browser's own time zone is shown; the zone is named in full dates. */

import { words } from "./index";

const full = new Intl.DateTimeFormat(words.locale === "en" ? "en-GB" : words.locale, {
  year: "numeric",
  month: "short",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});
const day = new Intl.DateTimeFormat(words.locale === "en" ? "en-GB" : words.locale, { month: "short", day: "numeric" });
const relative = new Intl.RelativeTimeFormat(words.locale, { numeric: "auto", style: "short" });

export const formatMoment = (at: string): string => full.format(new Date(at));

/** "31 Jan" */
export const formatDay = (at: string): string => day.format(new Date(at));

/** "2026-01-31 08:00:05", for tables and logs. */
export function formatStamp(at: string): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** "08:00:05.123", for log lines. */
export function formatClock(at: string): string {
  const date = new Date(at);
  return `${formatStamp(at).slice(11)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function formatRelative(at: number, now: number): string {
  const seconds = (at - now) / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size * 0.95) return relative.format(Math.round(seconds / size), unit);
  }
  return Math.abs(seconds) < 5 ? relative.format(0, "second") : relative.format(Math.round(seconds / 5) * 5, "second");
}

export function formatDuration(seconds: number): string {
  if (seconds < 0) return "0 s";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const whole = Math.floor(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))} h`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}
