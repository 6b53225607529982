import { useCallback, useState, useSyncExternalStore } from "react";

/** One clock for all that are renewed at the same pace: a list shows hundreds of moments. */
class Clock {
  now = Date.now();
  private listeners = new Set<() => void>();
  private timer: number | undefined;

  constructor(private readonly every: number) {}

  subscribe(listener: () => void): () => void {
    if (this.listeners.size === 0) {
      this.now = Date.now();
      this.timer = window.setInterval(() => this.tick(), this.every);
    }
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) window.clearInterval(this.timer);
    };
  }

  private tick(): void {
    this.now = Date.now();
    for (const listener of this.listeners) listener();
  }
}

const clocks = new Map<number, Clock>();

function clockOf(every: number): Clock {
  let found = clocks.get(every);
  if (!found) clocks.set(every, (found = new Clock(every)));
  return found;
}

/** The present moment in milliseconds, renewed every `every` milliseconds; null stands still. */
export function useNow(every: number | null): number {
  const [start] = useState(Date.now);
  const subscribe = useCallback((listener: () => void) => (every === null ? () => undefined : clockOf(every).subscribe(listener)), [every]);
  // A clock that nobody watched for a while shows an old moment until its first watcher has subscribed.
  return useSyncExternalStore(subscribe, () => (every === null ? start : Math.max(start, clockOf(every).now)));
}
