/** The connection that tells what changed in the installation, opened again until it is closed. */

import type { Change } from "./types";

/** Changes that lead from one version to the next; null = more than can be told, everything may be different. */
export type News = { from: string; version: string; events: Change[] | null };

/** Milliseconds before the next try when the browser itself has given up, and after many tries. */
const AGAIN_AFTER = 3_000;
const AGAIN_AT_LAST = 24_000;

export class Stream {
  private source: EventSource | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pause = AGAIN_AFTER;

  /** `version`: what the page has read, so that the server tells what came since. */
  constructor(
    private version: string,
    private readonly on: { news: (news: News) => void; live: (version: string) => void; lost: () => void; refused: () => void },
  ) {
    this.open();
  }

  close(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  private open(): void {
    const source = new EventSource(`/ui/events?since=${encodeURIComponent(this.version)}`);
    this.source = source;
    source.addEventListener("hello", (event) => {
      const { version } = read<{ version: string }>(event);
      this.pause = AGAIN_AFTER;
      // The server does not know what was read here, so it cannot tell what came since.
      if (version !== this.version) this.tell({ version, events: null });
      this.on.live(version);
    });
    source.addEventListener("change", (event) => this.tell(read<{ version: string; events: Change[] }>(event)));
    source.addEventListener("reset", (event) => this.tell({ ...read<{ version: string }>(event), events: null }));
    source.onerror = () => {
      this.on.lost();
      if (source.readyState !== EventSource.CLOSED || this.source !== source) return;
      this.timer = setTimeout(() => this.open(), this.pause);
      this.pause = Math.min(2 * this.pause, AGAIN_AT_LAST);
      // The browser does not say why: perhaps the session has ended.
      this.on.refused();
    };
  }

  private tell({ version, events }: { version: string; events: Change[] | null }): void {
    const from = this.version;
    this.version = version;
    this.on.news({ from, version, events });
  }
}

function read<T>(event: Event): T {
  return JSON.parse((event as MessageEvent<string>).data) as T;
}
