import { useEffect, useRef, useState } from "react";

/**
 * The text of a field that the address follows, `patience` milliseconds after the last letter. What comes back from the
 * address does not undo what was typed meanwhile; what comes from elsewhere (the way back, a link) replaces it.
 */
export function useTyped(value: string, onChange: (text: string) => void, patience: number): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  /** Sent on its way to the address and not seen there yet, the oldest first. */
  const sent = useRef<string[]>([]);
  const send = useRef(onChange);
  useEffect(() => {
    send.current = onChange;
  });
  useEffect(() => {
    const at = sent.current.lastIndexOf(value);
    sent.current = at < 0 ? [] : sent.current.slice(at + 1);
    if (at < 0) setText(value);
  }, [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = window.setTimeout(() => {
      sent.current.push(text);
      send.current(text);
    }, patience);
    return () => window.clearTimeout(timer);
  }, [text, value, patience]);
  return [text, setText];
}
