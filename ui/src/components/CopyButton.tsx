import { Check, Copy } from "lucide-react";
import { useState } from "react";

import { toasts } from "../services/toasts";
import { words } from "../words";

/** `text`: what is copied, or what finds it out when it is asked for. */
export function CopyButton({ text }: { text: string | (() => string | Promise<string>) }) {
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : await text());
      setDone(true);
      window.setTimeout(() => setDone(false), 1_500);
    } catch (error) {
      // Browsers refuse the clipboard to pages that are not served safely.
      toasts.fail(error);
    }
  };
  return (
    <button type="button" className="button button--plain button--small" onClick={() => void copy()}>
      {isDone ? <Check size={13} /> : <Copy size={13} />} {isDone ? words.common.copied : words.common.copy}
    </button>
  );
}
