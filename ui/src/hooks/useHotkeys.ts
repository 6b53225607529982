import { useEffect, useRef } from "react";

import { settings } from "../services/settings";

/** What a key does; `false` = nothing here: it is left to the other views and to the browser. */
type Handlers = Record<string, (event: KeyboardEvent) => unknown>;

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
}

/**
 * Keys of a view. A name is a key ("w", "?", "Escape") or one with its modifiers ("mod+k", "shift+C").
 * Single keys rest while somebody types, while a dialog or a menu is open, and when the settings switch them off.
 * Escape takes somebody who types out of the field, and leaves what was typed.
 */
export function useHotkeys(handlers: Handlers, enabled = true): void {
  const current = useRef(handlers);
  useEffect(() => {
    current.current = handlers;
  });
  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.altKey) return;
      const withMod = event.ctrlKey || event.metaKey;
      const name = `${withMod ? "mod+" : ""}${event.shiftKey && event.key.length === 1 && /[a-z]/i.test(event.key) ? "shift+" : ""}${event.key}`;
      const handler = current.current[name];
      if (!handler) return;
      if (!withMod) {
        // An open dialog takes Escape for itself, and a menu finds its entries by their first letters.
        if (document.querySelector("dialog[open]") || (event.target instanceof Element && event.target.closest("[role=menu]"))) return;
        if (isTyping(event.target)) {
          if (event.key === "Escape") (event.target as HTMLElement).blur();
          return;
        }
        if (event.key !== "Escape" && !settings.current().keys) return;
      }
      if (handler(event) !== false) event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [enabled]);
}
