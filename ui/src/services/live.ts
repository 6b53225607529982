/**
 * One event stream for this tab. It says what changed; `applyChanges` brings the cache up to date.
 *
 * A hidden tab closes its stream after a while: browsers allow six connections to one server, and a row of
 * forgotten tabs must not use them up. On return it asks for what it missed by the version it saw last.
 */

import { applyChanges, readEverythingAgain } from "./changes";
import { client } from "./client";
import type { Change } from "./types";

export type LiveState = "connecting" | "live" | "paused" | "stale";
export type LiveStatus = { state: LiveState; since: number };

/** Milliseconds after which a hidden tab lets its connection go: long enough for a glance at another tab. */
const HIDDEN_FOR = 3_000;
/** Milliseconds between two tries when the browser itself has given up. */
const AGAIN_AFTER = 3_000;

class Live {
  private source: EventSource | null = null;
  private version: string | null = null;
  private status: LiveStatus = { state: "connecting", since: Date.now() };
  private listeners = new Set<() => void>();
  private timer: number | undefined;
  private started = false;
  private missed = false;

  start(): void {
    if (this.started) return;
    this.started = true;
    document.addEventListener("visibilitychange", this.onVisibility);
    window.addEventListener("pagehide", this.onLeave);
    window.addEventListener("pageshow", this.onReturn);
    // A tab opened in the background has shown nothing yet that could be out of date.
    if (!document.hidden) this.open();
  }

  stop(): void {
    this.started = false;
    document.removeEventListener("visibilitychange", this.onVisibility);
    window.removeEventListener("pagehide", this.onLeave);
    window.removeEventListener("pageshow", this.onReturn);
    this.close();
    this.version = null;
    this.set("connecting");
  }

  /** Pausing keeps the connection and remembers that something was missed. */
  toggle(): void {
    if (this.status.state === "paused") {
      this.set(this.source?.readyState === EventSource.OPEN ? "live" : "stale");
      if (this.missed) readEverythingAgain();
      this.missed = false;
    } else this.set("paused");
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): LiveStatus => this.status;

  private open(): void {
    this.close();
    const since = this.version === null ? "" : `?since=${encodeURIComponent(this.version)}`;
    const source = new EventSource(`/ui/events${since}`);
    this.source = source;
    const isFirst = this.version === null;
    source.addEventListener("hello", (event) => {
      this.version = read<{ version: string }>(event).version;
      // What was read before the stream began may already be old.
      if (isFirst) readEverythingAgain();
      if (this.status.state !== "paused") this.set("live");
    });
    source.addEventListener("change", (event) => {
      const { version, events } = read<{ version: string; events: Change[] }>(event);
      this.version = version;
      if (this.status.state === "paused") this.missed = true;
      else applyChanges(events);
    });
    source.addEventListener("reset", (event) => {
      this.version = read<{ version: string }>(event).version;
      if (this.status.state === "paused") this.missed = true;
      else readEverythingAgain();
    });
    source.onopen = () => {
      if (this.status.state !== "paused") this.set("live");
    };
    source.onerror = () => {
      if (this.status.state !== "paused" && this.status.state !== "stale") this.set("stale");
      if (source.readyState === EventSource.CLOSED && this.source === source) {
        // The browser does not say why: a look at the session tells whether it has ended.
        void client.refetchQueries({ queryKey: ["session"] });
        window.clearTimeout(this.timer);
        this.timer = window.setTimeout(() => this.started && this.open(), AGAIN_AFTER);
      }
    };
  }

  private close(): void {
    window.clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  private readonly onVisibility = (): void => {
    window.clearTimeout(this.timer);
    if (document.hidden) this.timer = window.setTimeout(() => this.close(), HIDDEN_FOR);
    else if (this.source === null || this.source.readyState === EventSource.CLOSED) this.open();
  };

  /** A page that the browser keeps for the way back would keep its connection, too. */
  private readonly onLeave = (): void => this.close();

  private readonly onReturn = (event: PageTransitionEvent): void => {
    if (event.persisted && !document.hidden) this.open();
  };

  private set(state: LiveState): void {
    this.status = { state, since: Date.now() };
    for (const listener of this.listeners) listener();
  }
}

function read<T>(event: Event): T {
  return JSON.parse((event as MessageEvent<string>).data) as T;
}

export const live = new Live();
