/** Schedules in words. English comes from the server; other languages are said here from the expression itself. */

import { wallClock } from "../services/zones";
import { inLanguage } from "./language";
import { inKorean } from "./scheduleKo";
import { zoneName } from "./times";

export type Scheduled = { schedule: string | null; schedule_description: string; schedule_timezone: string | null };

/** The schedule in the language of the page; its zone is named where its clock is not the one that the page shows. */
export function scheduleText({ schedule, schedule_description: description, schedule_timezone: zone }: Scheduled): string {
  const said = say(schedule, description);
  const hasClock = /\d:\d\d|\d시/.test(said);
  return zone !== null && hasClock && !isSameClock(zone, zoneName()) ? `${said} (${zone})` : said;
}

function say(schedule: string | null, description: string): string {
  return inLanguage({ en: description, ko: inKorean(schedule, description) });
}

/** Two zones whose clocks show the same now and half a year from now. */
function isSameClock(a: string, b: string): boolean {
  if (a === b) return true;
  const now = Date.now();
  try {
    return [now, now + 182 * 86_400_000].every((at) => wallClock(at, a) === wallClock(at, b));
  } catch {
    // A zone that this browser does not know.
    return false;
  }
}
