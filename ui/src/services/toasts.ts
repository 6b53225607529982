/** Messages at the edge of the page. Good news leaves by itself, bad news stays until it is closed. */

export type Toast = { id: number; text: string; bad: boolean };

/** Milliseconds that good news is shown. */
const SHOWN_FOR = 5_000;

let all: Toast[] = [];
let count = 0;
const listeners = new Set<() => void>();

function set(next: Toast[]): void {
  all = next;
  for (const listener of listeners) listener();
}

function add(text: string, bad: boolean): void {
  const id = ++count;
  set([...all.slice(-3), { id, text, bad }]);
  if (!bad) window.setTimeout(() => toasts.close(id), SHOWN_FOR);
}

export const toasts = {
  current: (): Toast[] => all,
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  tell: (text: string): void => add(text, false),
  fail: (error: unknown): void => add(error instanceof Error ? error.message : String(error), true),
  close: (id: number): void => set(all.filter((toast) => toast.id !== id)),
};
