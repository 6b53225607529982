import { useEffect, useRef } from "react";

import { settings } from "../services/settings";

type Handlers = Record<string, (event: KeyboardEvent) => void>;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
}

/**
 * Keys of a view. A name is a key ("w", "?", "Escape") or one with its modifiers ("mod+k", "shift+C").
 * Single keys rest while somebody types, while a dialog is open, and when the settings switch them off.
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
      // An open dialog takes Escape for itself.
      if (!withMod && document.querySelector("dialog[open]")) return;
      if (!withMod && event.key !== "Escape" && (!settings.current().keys || isTyping(event.target))) return;
      event.preventDefault();
      handler(event);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [enabled]);
}
