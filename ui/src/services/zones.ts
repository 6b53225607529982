/** Moments and the clocks of time zones, without a library: Intl knows the rules. */

const kept = new Map<string, Intl.DateTimeFormat>();

function clock(zone: string): Intl.DateTimeFormat {
  let found = kept.get(zone);
  if (!found) {
    const options = { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
    kept.set(zone, (found = new Intl.DateTimeFormat("en-GB", options)));
  }
  return found;
}

/** What the clock of the zone shows, as "2026-03-29T02:30:00". */
export function wallClock(at: number, zone: string): string {
  const part = Object.fromEntries(clock(zone).formatToParts(at).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}`;
}

/** Milliseconds that the clock of the zone is before UTC. */
const offset = (at: number, zone: string): number => Date.parse(`${wallClock(at, zone)}Z`) - Math.floor(at / 1000) * 1000;

/** The moment at which the clock of the zone shows this; where it shows it twice the first, where never the one after the gap. */
export function instantOf(wall: string, zone: string): number {
  const asUtc = Date.parse(`${wall.length === 10 ? `${wall}T00:00:00` : wall}Z`);
  const candidates = [asUtc - offset(asUtc - 86_400_000, zone), asUtc - offset(asUtc + 86_400_000, zone)];
  const shown = candidates.filter((at) => at + offset(at, zone) === asUtc);
  return shown.length > 0 ? Math.min(...shown) : Math.max(...candidates);
}

/** The day after "2026-03-29" by the calendar. */
export function nextDay(day: string, by = 1): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10);
}
