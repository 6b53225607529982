/** Dates and durations as people read them, in the time zone that the person chose; the zone is named in full dates. */

import { settings } from "../services/settings";
import { words } from "./index";

const LOCALE = words.locale === "en" ? "en-GB" : words.locale;
const relative = new Intl.RelativeTimeFormat(words.locale, { numeric: "auto", style: "short" });
const kept = new Map<string, Intl.DateTimeFormat>();

/** The zone's name; the browser's own when none was chosen. */
export function zoneName(): string {
  const { zone } = settings.current();
  return zone === "local" ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone;
}

/** Formatters cost more than formatting: one is kept for each zone and shape. */
function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const timeZone = zoneName();
  const key = `${locale} ${timeZone} ${JSON.stringify(options)}`;
  let found = kept.get(key);
  if (!found) kept.set(key, (found = new Intl.DateTimeFormat(locale, { ...options, timeZone })));
  return found;
}

const TO_THE_SECOND = { year: "numeric", month: "short", day: words.locale === "en" ? "2-digit" : "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
const STAMP = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;

/** "31 Jan 2026, 08:00:05 UTC". The zone comes behind: within, some languages spell out hours and minutes. */
export function formatMoment(at: string): string {
  const date = new Date(at);
  const zone = format(LOCALE, { timeZoneName: "short" }).formatToParts(date).find(({ type }) => type === "timeZoneName")?.value ?? zoneName();
  return `${format(LOCALE, TO_THE_SECOND).format(date)} ${zone}`;
}

/** "31 Jan" */
export const formatDay = (at: string): string => format(LOCALE, { month: "short", day: "numeric" }).format(new Date(at));

/** "31 Jan, 08:00" */
export const formatShort = (at: string | number): string =>
  format(LOCALE, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));

/** "31 Jan 2026, 08:00": which run is meant, where seconds and zone find no room. */
export const formatRunDate = (at: string): string =>
  format(LOCALE, { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));

/** "08:00" */
export const formatHour = (at: string | number): string => format(LOCALE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));

/** "08:00:05" */
export const formatSecond = (at: string | number): string =>
  format(LOCALE, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(new Date(at));

/** "2026-01-31 08:00:05", for tables and logs. */
export function formatStamp(at: string): string {
  const part = Object.fromEntries(format("en-GB", STAMP).formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second}`;
}

/** "08:00:05.123", for log lines. */
export function formatClock(at: string): string {
  return `${formatStamp(at).slice(11)}.${String(new Date(at).getMilliseconds()).padStart(3, "0")}`;
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
