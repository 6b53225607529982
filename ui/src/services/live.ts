/**
 * Keeps this window up to date. One window of a browser leads: it holds the only stream and tells the others what came.
 *
 * Every window knows the version of what it has seen. News say from which version to which they lead: a window that has
 * read less than where they begin asks the leader for what it missed, and reads everything again when the leader does not
 * remember or does not answer; one that becomes the leader goes on from its own.
 *
 * A window out of sight does not lead and reads nothing: it collects what it hears until somebody looks. When nobody looks
 * at any window there is no stream at all, and the first one that is looked at asks for what came meanwhile.
 */

import { focusManager } from "@tanstack/react-query";

import { applyChanges, readEverythingAgain } from "./changes";
import { type Candidate, candidate } from "./leader";
import { reaches, Recent } from "./recent";
import { hasChannels, signedIn } from "./signedIn";
import { type News, Stream } from "./stream";
import type { Change } from "./types";

export type LiveState = "connecting" | "live" | "paused" | "stale";
export type LiveStatus = { state: LiveState; since: number };

type Line = { state: "connecting" | "live" | "stale"; since: number };
type Told =
  | ({ kind: "news" } & News)
  /** How the leader's stream is: told when it changes, when somebody asks, and from time to time. */
  | ({ kind: "line"; version: string } & Line)
  /** Who leads, and what has come since this version? */
  | { kind: "who"; version: string };

/** Milliseconds after which a window out of sight lets go: long enough for a glance at another one. */
const HIDDEN_FOR = 3_000;
/** Milliseconds between two signs of the leader, and of silence after which the others take its place. */
const SIGN_EVERY = 4_000;
const SILENCE = 12_000;
/** Milliseconds that a window waits for what it missed. */
const ANSWER = 2_000;
/** Changes that wait at most while a window is paused or out of sight; with more, everything is read again. */
const MOST_HELD = 2_000;

class Live {
  private user: string | null = null;
  private version = "";
  private channel: BroadcastChannel | null = null;
  private candidate: Candidate | null = null;
  private stream: Stream | null = null;
  /** What came over this stream. */
  private recent = new Recent();
  /** Runs while this window waits for what it missed, and how far that goes. */
  private missing: number | undefined;
  private missed = "";
  private line: Line = { state: "connecting", since: Date.now() };
  private heard = 0;
  private held: Change[] | null = [];
  private isPaused = false;
  /** Out of sight for a while: not merely for a glance. */
  private isAway = false;
  private status: LiveStatus = { state: "connecting", since: Date.now() };
  private listeners = new Set<() => void>();
  private hiding: number | undefined;
  private signs: number | undefined;

  /** `version`: of before anything else was read. */
  start(user: string, version: string): void {
    if (this.user !== null) return;
    this.user = user;
    this.version = version;
    document.addEventListener("visibilitychange", this.onVisibility);
    window.addEventListener("pagehide", this.onLeave);
    window.addEventListener("pageshow", this.onReturn);
    this.isAway = document.hidden;
    this.join();
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.onVisibility);
    window.removeEventListener("pagehide", this.onLeave);
    window.removeEventListener("pageshow", this.onReturn);
    this.part();
    this.user = null;
    this.held = [];
    this.setPaused(false);
    this.setLine("connecting");
  }

  /** While paused, nothing on the screen changes by itself: not by news, not by the clock, not when the network is back. */
  toggle(): void {
    this.setPaused(!this.isPaused);
    this.catchUp();
    this.show();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): LiveStatus => this.status;

  // ---- among the windows -----------------------------------------------------------------------------------------------

  private join(): void {
    if (this.user === null || this.channel || this.stream) return;
    const name = `ostro live ${this.user}`;
    signedIn.join(this.user);
    this.candidate ??= hasChannels() ? candidate(name, this.lead, this.retire) : null;
    if (this.candidate) {
      this.channel = new BroadcastChannel(name);
      this.channel.onmessage = (event: MessageEvent<Told>) => this.hear(event.data);
    }
    if (!this.isAway) this.stand();
  }

  /** Lets everything go, as if the window were closed. */
  private part(): void {
    window.clearTimeout(this.hiding);
    this.endMissing();
    this.standDown();
    signedIn.part();
    this.channel?.close();
    this.channel = null;
    this.candidate = null;
  }

  private stand(): void {
    if (this.candidate === null) return this.lead();
    this.heard = Date.now();
    this.candidate.stand();
    this.askWho();
    window.clearInterval(this.signs);
    this.signs = window.setInterval(this.sign, SIGN_EVERY);
  }

  private standDown(): void {
    window.clearInterval(this.signs);
    this.retire();
    this.candidate?.leave();
  }

  private askWho(): void {
    this.tell({ kind: "who", version: this.version });
  }

  private readonly lead = (): void => {
    this.stream?.close();
    this.recent.forget();
    this.endMissing();
    this.stream = new Stream(this.version, {
      news: (news) => {
        this.recent.add(news);
        this.tell({ kind: "news", ...news });
        this.take(news);
      },
      live: (version) => {
        this.version = version;
        this.setLine("live");
      },
      lost: () => {
        if (this.line.state !== "stale") this.setLine("stale");
      },
      refused: signedIn.askAgain,
    });
  };

  private readonly retire = (): void => {
    this.stream?.close();
    this.stream = null;
    // The silence of the next leader begins now.
    this.heard = Date.now();
  };

  private readonly sign = (): void => {
    if (this.stream) this.tell({ kind: "line", version: this.version, ...this.line });
    else if (Date.now() - this.heard > SILENCE) {
      // The leader's window hangs, or the browser has put it to sleep. Not all take its place at the same moment.
      if (this.line.state !== "stale") this.setLine("stale", this.heard);
      if (Math.random() < 0.5) this.candidate?.seize();
    }
  };

  private tell(what: Told): void {
    this.channel?.postMessage(what);
  }

  private hear(told: Told): void {
    if (told.kind === "who") {
      if (!this.stream) return;
      const since = this.recent.since(told.version, this.version);
      if (since && this.line.state === "live") this.tell({ kind: "news", ...since });
      this.tell({ kind: "line", version: this.version, ...this.line });
    } else if (this.stream === null) {
      // A leader has its own stream: what another one says, that does not know yet that it leads no more, is no news.
      this.heard = Date.now();
      if (told.kind === "news") this.follow(told);
      else {
        if (told.state === "live" && !reaches(this.version, told.version)) this.miss(told.version);
        if (told.state !== this.line.state) this.setLine(told.state, told.since);
      }
    }
  }

  /** What the leader tells all windows: to this one it may be old, or begin after what it has read. */
  private follow(news: News): void {
    const isOld = news.from !== news.version && reaches(this.version, news.version);
    if (isOld) return;
    if (!reaches(this.version, news.from)) return this.miss(news.version);
    this.endMissing();
    // Changes may be told twice, and some of them were read before they were told.
    this.take({ ...news, from: this.version, version: reaches(this.version, news.version) ? this.version : news.version });
  }

  private miss(version: string): void {
    this.missed = version;
    if (this.missing !== undefined) return;
    this.missing = window.setTimeout(() => {
      this.missing = undefined;
      this.take({ from: "", version: this.missed, events: null });
    }, ANSWER);
    this.askWho();
  }

  private endMissing(): void {
    window.clearTimeout(this.missing);
    this.missing = undefined;
  }

  // ---- what came -------------------------------------------------------------------------------------------------------

  private take({ from, version, events }: News): void {
    const isNext = from === this.version;
    this.version = version;
    const all = isNext && this.held !== null && events !== null ? [...this.held, ...events] : null;
    this.held = all !== null && all.length <= MOST_HELD ? all : null;
    this.catchUp();
  }

  /** Brings to the screen what waits, when somebody wants to see it. */
  private catchUp(): void {
    if (this.isPaused || this.isAway) return;
    const { held } = this;
    this.held = [];
    if (held === null) readEverythingAgain();
    else if (held.length) applyChanges(held);
  }

  // ---- in and out of sight ----------------------------------------------------------------------------------------------

  private readonly onVisibility = (): void => {
    window.clearTimeout(this.hiding);
    if (document.hidden) {
      this.hiding = window.setTimeout(() => {
        this.isAway = true;
        this.standDown();
      }, HIDDEN_FOR);
    } else if (this.isAway) {
      this.isAway = false;
      this.catchUp();
      this.stand();
    }
  };

  /** A page that the browser keeps for the way back would keep its connection, too. */
  private readonly onLeave = (): void => this.part();

  private readonly onReturn = (event: PageTransitionEvent): void => {
    if (!event.persisted) return;
    this.isAway = document.hidden;
    this.join();
    this.catchUp();
    // Nothing was heard meanwhile, nor that somebody signed out.
    signedIn.askAgain();
  };

  // ---- what the badge says ---------------------------------------------------------------------------------------------

  private setPaused(isPaused: boolean): void {
    this.isPaused = isPaused;
    // Whoever asks again from time to time does so only while somebody looks.
    focusManager.setFocused(isPaused ? false : undefined);
  }

  private setLine(state: Line["state"], since = Date.now()): void {
    this.line = { state, since };
    if (this.stream) this.tell({ kind: "line", version: this.version, ...this.line });
    this.show();
  }

  private show(): void {
    const state = this.isPaused ? "paused" : this.line.state;
    this.status = { state, since: this.line.since };
    for (const listener of this.listeners) listener();
  }
}

export const live = new Live();
