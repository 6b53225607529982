import { Check, Copy } from "lucide-react";
import { useState } from "react";

import { toasts } from "../services/toasts";
import { words } from "../words";

export function CopyButton({ text }: { text: string }) {
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
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
