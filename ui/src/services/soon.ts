/** Runs `work` at once, but not more often than every `gap` milliseconds per key: later calls are joined into one. */

const last = new Map<string, number>();
const waiting = new Map<string, number>();

export function soon(key: string, gap: number, work: () => void): void {
  if (waiting.has(key)) return;
  const since = Date.now() - (last.get(key) ?? 0);
  const run = () => {
    waiting.delete(key);
    last.set(key, Date.now());
    work();
  };
  if (since >= gap) run();
  else waiting.set(key, window.setTimeout(run, gap - since));
}
