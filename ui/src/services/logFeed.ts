/**
 * A log as the page holds it: a window of the file, grown at the end by the stream and at both ends on
 * demand, moved as a whole to where one jumps. Rows live outside React; a counter tells when to look again.
 */

import { client } from "./client";
import { FIRST_LINES, lastLinesKey, type LogAddress, type LogFilter, logTailUrl, type LogPlace, readLog } from "./logs";
import type { LogLine, LogPage } from "./types";

export type LogRow = {
  /** Byte offset of the line in the file: what search hits name. */
  at: number;
  /** Text with colour codes, when it has any. */
  raw: string | null;
  text: string;
  level: string;
  /** The first row of its line, which alone has the time and tells the level. */
  isFirst: boolean;
  timestamp: string | null;
  logger: string;
  /** File and line of the code that said it; "" = it does not tell. */
  code: string;
  /** The first row of an error with its traceback. */
  isException: boolean;
  /** The row begins or ends a group that can be folded. */
  mark: "group" | "end" | null;
};
export type LogStatus = {
  version: number;
  isLoading: boolean;
  isLoadingMore: boolean;
  isFinished: boolean;
  isLost: boolean;
  error: Error | null;
  hasOlder: boolean;
  hasNewer: boolean;
  /** Bytes of the file when it was read last, how far the window reaches, and how many bytes it spans. */
  size: number;
  next: number;
  span: number;
};
export const NO_STATUS: LogStatus = {
  version: 0,
  isLoading: true,
  isLoadingMore: false,
  isFinished: false,
  isLost: false,
  error: null,
  hasOlder: false,
  hasNewer: false,
  size: 0,
  next: 0,
  span: 0,
};

const MORE_LINES = 1_000;
/** Lines before the one that is jumped to. */
const AHEAD = 300;
/** Rows kept while the window grows. */
const MOST_ROWS = 60_000;
/** Milliseconds between two tries to open a lost stream. */
const AGAIN_AFTER = 2_000;
const CODES = /\x1b\[[0-9;]*[A-Za-z]/g;
const GROUP = /::group::|##\[group\]/;
const GROUP_END = /::endgroup::|##\[endgroup\]/;

type Side = "older" | "newer";

export class LogFeed {
  readonly rows: LogRow[] = [];
  /** Pages that the rows came from, in file order: where each begins and ends, and how many rows it gave. */
  private chunks: { start: number; next: number; rows: number }[] = [];
  private source: EventSource | null = null;
  /** The end of what is written so far is here, and more is waited for. */
  private isAtEnd = false;
  private isSeen = true;
  private timer: number | undefined;
  private abort = new AbortController();
  private listeners = new Set<() => void>();
  private status: LogStatus = NO_STATUS;
  /** Called before lines come in or go where they may move those in sight. */
  onShift: (() => void) | null = null;

  constructor(
    private readonly log: LogAddress,
    private readonly filter: LogFilter = {},
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly current = (): LogStatus => this.status;

  /** The end of the log, and what is written from then on. */
  readonly open = (): Promise<void> =>
    this.place(async (signal) => [(Object.keys(this.filter).length ? null : await takeLastLines(this.log)) ?? (await this.read({ tail: FIRST_LINES }, signal))]);

  /** The lines around a byte offset. */
  readonly jump = (offset: number): Promise<void> =>
    this.place((signal) => Promise.all([this.read({ before: offset, limit: AHEAD }, signal), this.read({ offset, limit: MORE_LINES }, signal)]));

  holds(offset: number): boolean {
    return this.chunks.length > 0 && offset >= this.start && offset < this.next;
  }

  close(): void {
    this.abort.abort();
    this.isAtEnd = false;
    this.hangUp();
  }

  /** While nobody looks nothing is heard; what was written meanwhile comes afterwards. */
  look(isSeen: boolean): void {
    this.isSeen = isSeen;
    if (!isSeen) this.hangUp();
    else if (this.isAtEnd) this.follow();
  }

  private hangUp(): void {
    window.clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  /** More lines at one end. */
  async more(side: Side): Promise<void> {
    if (this.status.isLoadingMore) return;
    await this.grow((signal) => this.step(side, signal).then((page) => page !== null && page.lines.length === 0));
  }

  /** Of chosen lines one page may have few or none, as it looks through a part of the log only: enough for a window, or all. */
  private async fill(): Promise<void> {
    if (Object.keys(this.filter).length === 0) return;
    await this.grow(async (signal) => this.rows.length < FIRST_LINES && ((await this.step("newer", signal)) ?? (await this.step("older", signal))) !== null);
  }

  /** Takes steps as long as each says that there is another. */
  private async grow(step: (signal: AbortSignal) => Promise<boolean>): Promise<void> {
    const { signal } = this.abort;
    this.set({ isLoadingMore: true });
    try {
      while ((await step(signal)) && !signal.aborted);
      if (!signal.aborted) this.set({ isLoadingMore: false });
    } catch (error) {
      if (!signal.aborted) this.set({ isLoadingMore: false, error: error as Error });
    }
  }

  /** The next page at one end; null when there is none, or nothing in it yet. */
  private async step(side: Side, signal: AbortSignal): Promise<LogPage | null> {
    if (side === "older" ? !this.status.hasOlder : !this.status.hasNewer) return null;
    const page = await this.read(side === "older" ? { before: this.start, limit: MORE_LINES } : { offset: this.next, limit: MORE_LINES }, signal);
    if (signal.aborted) return null;
    const hasMoved = side === "older" ? page.start < this.start : page.next > this.next;
    if (page.lines.length > 0) this.onShift?.();
    if (side === "older") this.prepend(page);
    else this.append(page);
    this.forget(side === "older");
    this.set(this.ends(page));
    if (side === "newer") this.followIfAtEnd(page);
    return hasMoved ? page : null;
  }

  private read(place: LogPlace, signal: AbortSignal): Promise<LogPage> {
    return readLog(this.log, { ...place, ...this.filter }, signal);
  }

  private async place(pages: (signal: AbortSignal) => Promise<LogPage[]>): Promise<void> {
    this.close();
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      const found = await pages(signal);
      if (signal.aborted) return;
      this.rows.length = 0;
      this.chunks = [];
      for (const page of found) this.append(page);
      const last = found.at(-1);
      if (!last) return;
      this.set({ isLoading: false, isLoadingMore: false, error: null, isFinished: last.finished, ...this.ends(last) });
      this.followIfAtEnd(last);
      await this.fill();
    } catch (error) {
      if (!signal.aborted) this.set({ isLoading: false, error: error as Error });
    }
  }

  private ends(page: LogPage): Partial<LogStatus> {
    return { hasOlder: this.start > 0, hasNewer: this.next < page.size, size: page.size, next: this.next, span: this.next - this.start };
  }

  private followIfAtEnd(page: LogPage): void {
    if (page.finished) this.set({ isFinished: true });
    else if (this.next >= page.size) this.follow();
  }

  private follow(): void {
    if (this.abort.signal.aborted || this.source) return;
    this.isAtEnd = true;
    if (!this.isSeen) return;
    const source = new EventSource(logTailUrl(this.log, this.next, this.filter));
    this.source = source;
    source.onopen = () => this.set({ isLost: false });
    source.addEventListener("lines", (event) => {
      const page = JSON.parse((event as MessageEvent<string>).data) as LogPage;
      // Lines that a reconnected stream sends again are known by their offset.
      if (page.next <= this.next && this.next > 0) return;
      this.append(page);
      this.forget(false);
      this.set({ size: page.size, next: this.next, hasOlder: this.start > 0 });
    });
    // The log of a watcher goes on for ever: full, it begins anew.
    source.addEventListener("anew", () => void this.open());
    source.addEventListener("end", () => {
      source.close();
      this.isAtEnd = false;
      this.set({ isFinished: true, isLost: false });
    });
    source.onerror = () => {
      if (this.status.isFinished) return;
      this.set({ isLost: true });
      if (source.readyState !== EventSource.CLOSED) return;
      this.source = null;
      this.timer = window.setTimeout(() => this.follow(), AGAIN_AFTER);
    };
  }

  private append(page: LogPage): void {
    const rows = rowsOfPage(page);
    for (const row of rows) this.rows.push(row);
    this.chunks.push({ start: page.start, next: page.next, rows: rows.length });
  }

  private prepend(page: LogPage): void {
    const rows = rowsOfPage(page);
    this.rows.unshift(...rows);
    // A page of chosen lines ends where it was asked to end.
    this.chunks.unshift({ start: page.start, next: this.start, rows: rows.length });
  }

  /** Lets pages at the other end go: they can be read again from the file. */
  private forget(fromEnd: boolean): void {
    while (this.chunks.length > 2 && this.rows.length > MOST_ROWS) {
      const gone = (fromEnd ? this.chunks.pop() : this.chunks.shift())?.rows ?? 0;
      this.rows.splice(fromEnd ? this.rows.length - gone : 0, gone);
      if (!fromEnd) continue;
      // The stream would go on behind what is no longer here.
      this.isAtEnd = false;
      this.hangUp();
    }
  }

  private get start(): number {
    return this.chunks[0]?.start ?? 0;
  }
  private get next(): number {
    return this.chunks.at(-1)?.next ?? 0;
  }

  private set(part: Partial<LogStatus>): void {
    this.status = { ...this.status, ...part, version: this.status.version + 1 };
    for (const listener of this.listeners) listener();
  }
}

/** The last lines, if they were asked for on the way here and are of this try. */
async function takeLastLines({ of }: LogAddress): Promise<LogPage | null> {
  const query = of && client.getQueryCache().find<LogPage>({ queryKey: lastLinesKey(of.instance) });
  if (!query) return null;
  // What failed is asked again, and tells then what is wrong.
  const page = await query.promise?.catch(() => null);
  client.removeQueries({ queryKey: query.queryKey, exact: true });
  return page?.try_number === of.tryNumber ? page : null;
}

const rowsOfPage = (page: LogPage): LogRow[] => page.lines.flatMap((line, i) => rowsOfLine(line, page.at[i] ?? page.start));

/** Lines that are read at once, as many as the server gives. */
const MOST_LINES = 5_000;

/** All rows from the line at one byte offset to the line at another, however many they are. */
export async function readBetween(log: LogAddress, from: number, to: number): Promise<LogRow[]> {
  const found: LogRow[] = [];
  for (let offset = from; offset <= to; ) {
    const page = await readLog(log, { offset, limit: MOST_LINES });
    for (const row of rowsOfPage(page)) if (row.at <= to) found.push(row);
    if (page.next <= offset) break;
    offset = page.next;
  }
  return found;
}

/** A line may hold several rows: line breaks of its text, and the traceback of an error. */
export function rowsOfLine(line: LogLine, at = 0): LogRow[] {
  const hasTrace = typeof line.exception === "string";
  const whole = hasTrace ? `${line.event}\n${line.exception}` : line.event;
  return whole.split("\n").map((part, i) => {
    const text = part.includes("\x1b") ? part.replace(CODES, "") : part;
    const mark = GROUP.test(text) ? "group" : GROUP_END.test(text) ? "end" : null;
    return {
      at,
      raw: part.includes("\x1b") && mark === null ? part : null,
      text: mark === "group" ? text.replace(GROUP, "") : text,
      level: line.level,
      isFirst: i === 0,
      timestamp: i === 0 ? line.timestamp : null,
      logger: line.logger ?? "",
      code: typeof line.filename === "string" ? `${line.filename}:${String(line.lineno ?? "")}` : "",
      isException: hasTrace && i === 0,
      mark,
    };
  });
}
