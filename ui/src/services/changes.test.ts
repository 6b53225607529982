import { InfiniteQueryObserver, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { applyChanges, readEverythingAgain } from "./changes";
import { client } from "./client";
import { instanceQuery } from "./instances";
import { gridQuery } from "./runs";
import type { Change, Grid } from "./types";

// Node 20 does not have it; browsers do.
Map.groupBy ??= <K, T>(items: Iterable<T>, keyOf: (item: T, index: number) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item, 0);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
};

/** Questions that wait for their answer. */
let asked: { url: string; answer: (body: unknown) => Promise<void> }[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  vi.stubGlobal("fetch", (url: string) =>
    new Promise<Response>((resolve) => {
      const answer = async (body: unknown) => {
        asked = asked.filter((one) => one.url !== url || one.answer !== answer);
        resolve(Response.json(body));
        // Long enough for what follows at once, and for what waits until a gap is over.
        await vi.advanceTimersByTimeAsync(1_000);
      };
      asked.push({ url, answer });
    }),
  );
});
afterEach(() => {
  client.clear();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Until what was asked for has reached the network. */
const asking = () => vi.advanceTimersByTimeAsync(0);
const urls = () => asked.map((one) => one.url);
const change = (state: "running" | "success"): Change => ({ kind: "ti", dag_id: "d", run_id: "r", task_id: "a", map_index: -1, state, try_number: 1 });
const grid = (letter: string) =>
  ({ rows: [{ task_id: "a", gone: false }], codes: { r: "running", s: "success" }, next: null, version: 1, runs: [{ id: 1, run_id: "r", run_after: "2026-01-31T00:00:00Z", state: "running", states: letter, mapped: {}, tries: {} }] }) as unknown as Grid;

describe("a change that comes while an older answer is on its way", () => {
  it("of one task is asked for once more", async () => {
    const query = instanceQuery({ dagId: "d", runId: "r", taskId: "a", mapIndex: -1 });
    const watch = new QueryObserver(client, query);
    const stop = watch.subscribe(() => undefined);
    await asking();
    const [first] = asked;
    applyChanges([change("success")]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toEqual([first]);
    await first?.answer({ instance: { state: "running", try_number: 1 } });
    expect(watch.getCurrentResult().data?.instance.state).toBe("running");
    expect(asked).toHaveLength(1);
    await asked[0]?.answer({ instance: { state: "success", try_number: 1 } });
    expect(watch.getCurrentResult().data?.instance.state).toBe("success");
    expect(asked).toEqual([]);
    stop();
  });

  it("reaches a grid that is read for the first time", async () => {
    const watch = new InfiniteQueryObserver(client, gridQuery("d", {}));
    const stop = watch.subscribe(() => undefined);
    await asking();
    applyChanges([change("success")]);
    await asked[0]?.answer(grid("r"));
    expect(urls()).toEqual(["/ui/dags/d/grid?run_ids=r&limit=1"]);
    await asked[0]?.answer(grid("s"));
    expect(watch.getCurrentResult().data?.pages[0]?.runs[0]?.states).toBe("s");
    expect(asked).toEqual([]);
    stop();
  });

  it("that nobody can tell does not take back what is being read", async () => {
    const query = instanceQuery({ dagId: "d", runId: "r", taskId: "a", mapIndex: -1 });
    const watch = new QueryObserver(client, query);
    const stop = watch.subscribe(() => undefined);
    await asking();
    readEverythingAgain();
    await asking();
    expect(asked).toHaveLength(1);
    await asked[0]?.answer({ instance: { state: "running", try_number: 1 } });
    // What a page opens with is shown, and then read once more.
    expect(watch.getCurrentResult().data?.instance.state).toBe("running");
    await asked[0]?.answer({ instance: { state: "success", try_number: 1 } });
    expect(watch.getCurrentResult().data?.instance.state).toBe("success");
    expect(asked).toEqual([]);
    stop();
  });

  it("reaches a run that is just read again", async () => {
    const watch = new InfiniteQueryObserver(client, gridQuery("d", {}));
    const stop = watch.subscribe(() => undefined);
    await asking();
    await asked[0]?.answer(grid("."));
    applyChanges([{ kind: "run", dag_id: "d", run_id: "r", state: "running", run_type: "manual" }]);
    await asking();
    expect(urls()).toEqual(["/ui/dags/d/grid?run_ids=r&limit=1"]);
    applyChanges([change("running"), change("success")]);
    await asked[0]?.answer(grid("r"));
    expect(urls()).toEqual(["/ui/dags/d/grid?run_ids=r&limit=1"]);
    await asked[0]?.answer(grid("s"));
    expect(watch.getCurrentResult().data?.pages[0]?.runs[0]?.states).toBe("s");
    expect(asked).toEqual([]);
    stop();
  });
});
