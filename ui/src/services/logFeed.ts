/**
 * The log of one try as the page holds it: rows in file order, grown at the end by the stream and at the
 * beginning on demand. Rows live outside React; a counter tells when to look again.
 */

import { type InstanceKey, logTailUrl, readLog } from "./instances";
import type { LogLine, LogPage } from "./types";

export type LogRow = {
  /** Text with colour codes, when it has any. */
  raw: string | null;
  text: string;
  level: string;
  /** Only the first row of a line has one. */
  timestamp: string | null;
  logger: string;
  /** The first row of an error with its traceback. */
  isException: boolean;
};
export type LogStatus = {
  version: number;
  isLoading: boolean;
  isLoadingOlder: boolean;
  isFinished: boolean;
  isLost: boolean;
  error: Error | null;
  hasOlder: boolean;
};

const FIRST_LINES = 1_000;
const OLDER_LINES = 1_000;
/** Rows kept while a log grows, unless somebody asked for the whole. */
const MOST_ROWS = 100_000;
/** Milliseconds between two tries to open a lost stream. */
const AGAIN_AFTER = 2_000;
const CODES = /\x1b\[[0-9;]*[A-Za-z]/g;

export class LogFeed {
  readonly rows: LogRow[] = [];
  /** Pages that the rows came from, in file order: where each begins, and how many rows it gave. */
  private chunks: { start: number; rows: number }[] = [];
  private next = 0;
  private isWhole = false;
  private source: EventSource | null = null;
  private timer: number | undefined;
  private readonly abort = new AbortController();
  private listeners = new Set<() => void>();
  private status: LogStatus = { version: 0, isLoading: true, isLoadingOlder: false, isFinished: false, isLost: false, error: null, hasOlder: false };

  constructor(
    private readonly at: InstanceKey,
    private readonly tryNumber: number,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly current = (): LogStatus => this.status;

  async open(): Promise<void> {
    try {
      const page = await readLog(this.at, this.tryNumber, { tail: FIRST_LINES }, this.abort.signal);
      this.append(page);
      this.set({ isLoading: false, isFinished: page.finished, hasOlder: page.start > 0 });
      if (!page.finished) this.follow();
    } catch (error) {
      if (!this.abort.signal.aborted) this.set({ isLoading: false, error: error as Error });
    }
  }

  close(): void {
    this.abort.abort();
    window.clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  /** Lines before the first one; with `all` up to the beginning. Returns how many rows were added. */
  async older(all: boolean): Promise<number> {
    if (this.start === 0 || this.status.isLoadingOlder) return 0;
    this.isWhole ||= all;
    this.set({ isLoadingOlder: true });
    let added = 0;
    try {
      do {
        const page = await readLog(this.at, this.tryNumber, { before: this.start, limit: OLDER_LINES }, this.abort.signal);
        const rows = page.lines.flatMap(rowsOfLine);
        if (page.start >= this.start) break;
        this.rows.unshift(...rows);
        this.chunks.unshift({ start: page.start, rows: rows.length });
        added += rows.length;
      } while (all && this.start > 0);
      this.set({ isLoadingOlder: false, hasOlder: this.start > 0 });
    } catch (error) {
      if (!this.abort.signal.aborted) this.set({ isLoadingOlder: false, error: error as Error });
    }
    return added;
  }

  private follow(): void {
    if (this.abort.signal.aborted) return;
    const source = new EventSource(logTailUrl(this.at, this.tryNumber, this.next));
    this.source = source;
    source.onopen = () => this.set({ isLost: false });
    source.addEventListener("lines", (event) => {
      this.append(JSON.parse((event as MessageEvent<string>).data) as LogPage);
      this.set({});
    });
    source.addEventListener("end", () => {
      source.close();
      this.set({ isFinished: true, isLost: false });
    });
    source.onerror = () => {
      if (this.status.isFinished) return;
      this.set({ isLost: true });
      if (source.readyState === EventSource.CLOSED) this.timer = window.setTimeout(() => this.follow(), AGAIN_AFTER);
    };
  }

  /** Lines that a reconnected stream sends again are known by their offset. */
  private append(page: LogPage): void {
    if (page.next <= this.next && this.next > 0) return;
    const before = this.rows.length;
    for (const line of page.lines) for (const row of rowsOfLine(line)) this.rows.push(row);
    this.chunks.push({ start: page.start, rows: this.rows.length - before });
    this.next = page.next;
    if (this.rows.length > MOST_ROWS && !this.isWhole) this.forget();
  }

  /** Lets the oldest pages go: a task may write for days, and can be read again from the file. */
  private forget(): void {
    let gone = 0;
    while (this.chunks.length > 1 && this.rows.length - gone > MOST_ROWS / 2) gone += this.chunks.shift()?.rows ?? 0;
    this.rows.splice(0, gone);
    this.status = { ...this.status, hasOlder: this.start > 0 };
  }

  /** Byte offset of the first row. */
  private get start(): number {
    return this.chunks[0]?.start ?? 0;
  }

  private set(part: Partial<LogStatus>): void {
    this.status = { ...this.status, ...part, version: this.status.version + 1 };
    for (const listener of this.listeners) listener();
  }
}

/** A line may hold several rows: line breaks of its text, and the traceback of an error. */
export function rowsOfLine(line: LogLine): LogRow[] {
  const hasTrace = typeof line.exception === "string";
  const whole = hasTrace ? `${line.event}\n${line.exception}` : line.event;
  return whole.split("\n").map((text, i) => ({
    raw: text.includes("\x1b") ? text : null,
    text: text.includes("\x1b") ? text.replace(CODES, "") : text,
    level: line.level,
    timestamp: i === 0 ? line.timestamp : null,
    logger: line.logger ?? "",
    isException: hasTrace && i === 0,
  }));
}
