/** The shape of calendars: which cell stands where. Days and hours are those of a time zone. */

import type { CalendarCell } from "../../services/history";
import { instantOf, nextDay, wallClock } from "../../services/zones";

export type Look = "none" | "success" | "failed" | "mixed" | "running" | "planned";

/** What a cell shows: failed and successful runs together are mixed. */
export function lookOf(cell: CalendarCell | undefined): Look {
  if (!cell) return "none";
  const { success = 0, failed = 0, running = 0, queued = 0 } = cell.counts;
  if (failed > 0) return success > 0 ? "mixed" : "failed";
  if (running + queued > 0) return "running";
  if (success > 0) return "success";
  return cell.planned > 0 ? "planned" : "none";
}

/** Shades of a count; 0 = none. */
export const SHADES = 4;

/** What a cell counts: all its runs, or those that failed. */
export function countOf(cell: CalendarCell | undefined, of: "runs" | "failed"): number {
  if (!cell) return 0;
  return of === "failed" ? (cell.counts.failed ?? 0) : Object.values(cell.counts).reduce((sum, n) => sum + n, 0);
}

/** The largest count of each shade, from the faintest; a shade that no number falls into is left out. */
export function shadesOf(most: number): number[] {
  return [...new Set(Array.from({ length: SHADES }, (_, i) => Math.ceil((most * (i + 1)) / SHADES)))].filter((one) => one > 0);
}

/** Which shade a count has, of `SHADES`: the darkest is always used. */
export function shadeOf(count: number, shades: number[]): number {
  const at = shades.findIndex((upTo) => count <= upTo);
  return count === 0 || at < 0 ? 0 : SHADES - shades.length + at + 1;
}

/** Days of a year in columns of weeks that begin on Monday; null before the first and after the last day. */
export function weeksOf(year: number): (string | null)[][] {
  const weeks: (string | null)[][] = [];
  let week: (string | null)[] = Array<null>((new Date(Date.UTC(year, 0, 1)).getUTCDay() + 6) % 7).fill(null);
  for (let day = `${year}-01-01`; day.startsWith(`${year}-`); day = nextDay(day)) {
    week.push(day);
    if (week.length === 7) {
      weeks.push(week);
      week = [];
    }
  }
  if (week.length) weeks.push([...week, ...Array<null>(7 - week.length).fill(null)]);
  return weeks;
}

export function daysOf(month: string): string[] {
  const days: string[] = [];
  for (let day = `${month}-01`; day.startsWith(month); day = nextDay(day)) days.push(day);
  return days;
}

/** The moments at which the hours of a day begin: 23 or 25 when the clocks change. */
export function hoursOf(day: string, zone: string): number[] {
  const end = instantOf(nextDay(day), zone);
  const hours: number[] = [];
  for (let at = instantOf(day, zone); at < end; ) {
    hours.push(at);
    // To the next full hour of the clock: zones that shift by half an hour have a short one.
    const minutes = Number(wallClock(at, zone).slice(14, 16));
    at = Math.min(end, at + (60 - minutes) * 60_000);
  }
  return hours;
}

/** The same by the hour of the clock: none when the clocks skip it, two when they go through it twice. */
export function clockHours(day: string, zone: string): number[][] {
  const found: number[][] = Array.from({ length: 24 }, () => []);
  for (const at of hoursOf(day, zone)) found[Number(wallClock(at, zone).slice(11, 13))]?.push(at);
  return found;
}

export function addMonths(month: string, by: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}
