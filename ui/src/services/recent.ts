/** What the leading window heard lately, so that a window that has just opened need not read again what it has read. */

import type { News } from "./stream";
import type { Change } from "./types";

/** Changes that are kept at most: a page is opened within the time that these take, also where much happens. */
const MOST = 2_000;
/** Of the numbers of a version the one that also falls: how many import errors there are. */
const FALLS = 5;

/** Whether who has read `version` knows all that was there at `other`. Both are as the server writes them: numbers that grow. */
export function reaches(version: string, other: string): boolean {
  if (version === other) return true;
  const [mine, its] = [version.split(".").map(Number), other.split(".").map(Number)];
  return mine.length === its.length && mine.every((n, i) => (i === FALLS ? n === its[i] : n >= (its[i] ?? Number.NaN)));
}

export class Recent {
  private news: (News & { events: Change[] })[] = [];
  private size = 0;

  add(news: News): void {
    const { events } = news;
    if (events === null) return this.forget();
    this.news.push({ ...news, events });
    this.size += events.length;
    while (this.size > MOST) this.size -= this.news.shift()?.events.length ?? 0;
  }

  forget(): void {
    this.news = [];
    this.size = 0;
  }

  /** What leads from `version` to `now`; null when there is nothing that it does not know. */
  since(version: string, now: string): News | null {
    if (reaches(version, now)) return null;
    const first = this.news.findIndex((one) => !reaches(version, one.version));
    const found = first < 0 ? [] : this.news.slice(first);
    const isWhole = found[0] !== undefined && reaches(version, found[0].from);
    return { from: version, version: now, events: isWhole ? found.flatMap((one) => one.events) : null };
  }
}
