/** Runs `work` at once, but not more often than every `gap` milliseconds per key: later calls are joined into one. */

/** Keys whose gap is not over, with what is to be done then; no others, so that a page can stay open for weeks. */
const resting = new Map<string, (() => void) | null>();

export function soon(key: string, gap: number, work: () => void): void {
  if (resting.has(key)) {
    resting.set(key, work);
    return;
  }
  resting.set(key, null);
  setTimeout(() => {
    const next = resting.get(key);
    resting.delete(key);
    if (next) soon(key, gap, next);
  }, gap);
  work();
}

/** Keys that are remembered now. */
export const restingKeys = (): number => resting.size;
