/** A search through the whole log, done by the server and told while it goes on. */

import { type LogAddress, type LogFilter, type LogQuery, logSearchUrl } from "./logs";

export type SearchStatus = {
  version: number;
  isRunning: boolean;
  /** There are more hits than are told at once. */
  hasMore: boolean;
  error: string | null;
};
export const NO_SEARCH: SearchStatus = { version: 0, isRunning: false, hasMore: false, error: null };

export class LogSearch {
  /** Byte offsets of the lines that were found, in order. */
  readonly hits: number[] = [];
  private next = 0;
  private source: EventSource | null = null;
  private listeners = new Set<() => void>();
  private status: SearchStatus = NO_SEARCH;

  constructor(
    private readonly log: LogAddress,
    private readonly query: LogQuery,
    private readonly filter: LogFilter,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly current = (): SearchStatus => this.status;

  /** Goes on where it ended: at the beginning, behind the last hit, or in what was written since. */
  go(): void {
    if (this.source || this.status.error) return;
    const source = new EventSource(logSearchUrl(this.log, this.query, this.filter, this.next));
    this.source = source;
    this.set({ isRunning: true });
    const end = (part: Partial<SearchStatus>) => {
      source.close();
      this.source = null;
      this.set({ isRunning: false, ...part });
    };
    source.addEventListener("hits", (event) => {
      const part = JSON.parse((event as MessageEvent<string>).data) as { at: number[]; next: number };
      for (const at of part.at) this.hits.push(at);
      this.next = part.next;
      if (part.at.length) this.set({});
    });
    source.addEventListener("end", (event) => {
      const { more } = JSON.parse((event as MessageEvent<string>).data) as { more: boolean };
      end({ hasMore: more });
    });
    source.addEventListener("refused", (event) => end({ error: (JSON.parse((event as MessageEvent<string>).data) as { detail: string }).detail }));
    // The answer was no stream: the text is not one that can be searched for. Asked once more, it says why.
    source.onerror = () => {
      end({});
      void this.explain();
    };
  }

  close(): void {
    this.source?.close();
    this.source = null;
  }

  private async explain(): Promise<void> {
    const answer = await fetch(logSearchUrl(this.log, this.query, this.filter, this.next)).catch(() => null);
    if (answer === null || answer.ok) return void answer?.body?.cancel();
    const { detail } = (await answer.json()) as { detail?: unknown };
    this.set({ error: typeof detail === "string" ? detail : `${answer.status}` });
  }

  private set(part: Partial<SearchStatus>): void {
    this.status = { ...this.status, ...part, version: this.status.version + 1 };
    for (const listener of this.listeners) listener();
  }
}
