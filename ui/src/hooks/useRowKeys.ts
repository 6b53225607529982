import { useHotkeys } from "./useHotkeys";

/** j and k go through the rows of a list: they move the focus between the elements that `selector` finds, the first of each row; Enter is the browser's. */
export function useRowKeys(selector: string): void {
  const step = (by: number) => {
    const all = [...document.querySelectorAll<HTMLElement>(selector)].filter(isFirstOfRow);
    if (all.length === 0) return;
    const at = all.findIndex((one) => one === document.activeElement || one.closest("tr")?.contains(document.activeElement));
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  useHotkeys({ j: () => step(1), k: () => step(-1) });
}

function isFirstOfRow(one: HTMLElement, i: number, all: HTMLElement[]): boolean {
  const row = one.closest("tr");
  return row === null || row !== all[i - 1]?.closest("tr");
}
