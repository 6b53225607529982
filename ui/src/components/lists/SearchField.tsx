import { Search } from "lucide-react";

import { useTyped } from "../../hooks/useTyped";

/** Milliseconds after the last letter before the list follows. */
const PATIENCE = 30;

type Props = { label: string; value: string; onChange: (text: string) => void; main?: boolean; className?: string; onEnter?: (isShift: boolean) => void };

/** What is typed is here at once; the address, and with it what is shown, follows a moment later. `main`: "/" leads here. */
export function SearchField({ label, value, onChange, main = true, className = "dags__search", onEnter }: Props) {
  const [text, setText] = useTyped(value, onChange, PATIENCE);
  return (
    <div className={`searchbox ${className}`}>
      <Search size={14} aria-hidden="true" />
      <input
        data-search={main || undefined}
        className="input input--search"
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onEnter && ((event) => event.key === "Enter" && onEnter(event.shiftKey))}
      />
      {main && text === "" && <kbd aria-hidden="true">/</kbd>}
    </div>
  );
}
