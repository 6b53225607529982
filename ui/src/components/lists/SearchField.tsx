import { Search } from "lucide-react";
import { useEffect, useState } from "react";

/** Milliseconds after the last letter before the list follows. */
const PATIENCE = 30;

type Props = { label: string; value: string; onChange: (text: string) => void; main?: boolean };

/** The text is kept here while it is typed; the address, and with it the list, follows a moment later. `main`: "/" leads here. */
export function SearchField({ label, value, onChange, main = true }: Props) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = window.setTimeout(() => onChange(text), PATIENCE);
    return () => window.clearTimeout(timer);
  });
  return (
    <div className="searchbox dags__search">
      <Search size={14} aria-hidden="true" />
      <input data-search={main || undefined} className="input input--search" type="search" aria-label={label} placeholder={label} value={text} onChange={(event) => setText(event.target.value)} />
      {main && text === "" && <kbd aria-hidden="true">/</kbd>}
    </div>
  );
}
