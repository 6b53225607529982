import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { type News, Stream } from "./stream";

/** The browser's end of a stream, moved by hand. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static all: Source[] = [];
  readyState = 1;
  onerror = (): void => undefined;
  constructor(readonly url: string) {
    super();
    Source.all.push(this);
  }
  close(): void {
    this.readyState = Source.CLOSED;
  }
  say(name: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }
  giveUp(): void {
    this.readyState = Source.CLOSED;
    this.onerror();
  }
}

let news: News[] = [];
let refused = 0;
const open = () => new Stream("1.1", { news: (one) => news.push(one), live: () => undefined, lost: () => undefined, refused: () => refused++ });
const last = () => Source.all.at(-1) as Source;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Source);
  Source.all = [];
  news = [];
  refused = 0;
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("goes on from the version that was told last", () => {
  open();
  expect(last().url).toBe("/ui/events?since=1.1");
  last().say("hello", { version: "1.1" });
  last().say("change", { version: "2.1", events: [{ kind: "assets" }] });
  expect(news).toEqual([{ from: "1.1", version: "2.1", events: [{ kind: "assets" }] }]);
  last().giveUp();
  vi.advanceTimersByTime(3_000);
  expect(last().url).toBe("/ui/events?since=2.1");
});

it("says that everything may be different when the server does not know its version", () => {
  open();
  last().say("hello", { version: "1.1.1" });
  expect(news).toEqual([{ from: "1.1", version: "1.1.1", events: null }]);
});

it("waits longer and longer while it is refused, until it is let in", () => {
  open();
  const pauses: number[] = [];
  for (let turn = 0; turn < 5; turn++) {
    const before = Source.all.length;
    last().giveUp();
    const at = Date.now();
    while (Source.all.length === before) vi.advanceTimersToNextTimer();
    pauses.push(Date.now() - at);
  }
  expect(pauses).toEqual([3_000, 6_000, 12_000, 24_000, 24_000]);
  expect(refused).toBe(5);
  last().say("hello", { version: "1.1" });
  last().giveUp();
  vi.advanceTimersByTime(3_000);
  expect(Source.all).toHaveLength(7);
});

it("tries no more when it is closed", () => {
  const stream = open();
  last().giveUp();
  stream.close();
  vi.advanceTimersByTime(60_000);
  expect(Source.all).toHaveLength(1);
});
