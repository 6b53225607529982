import { useSyncExternalStore } from "react";

/** Pixels up to which a window is a narrow one, as in the style sheets. */
const narrow = window.matchMedia("(max-width: 760px)");

function subscribe(listener: () => void): () => void {
  narrow.addEventListener("change", listener);
  return () => narrow.removeEventListener("change", listener);
}

/** Whether the window has room for little more than one thing beside another. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => narrow.matches);
}
