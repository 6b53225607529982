import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useDeferredValue, useEffect, useState } from "react";

import { words } from "../../words";
import { palette } from "../../words/palette";
import { Dialog } from "../Dialog";
import { ClearRunDialog, DeleteRunDialog, MarkRunDialog } from "../run/RunDialogs";
import { TriggerDialog } from "../trigger/TriggerDialog";
import { type Ask, useItems } from "./useItems";

/** Find a DAG, task, run, page or action by a few letters, and go there or do it. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const [asked, setAsked] = useState<Ask | null>(null);
  return asked === null ? <Find onAsk={setAsked} onClose={onClose} /> : <Answer ask={asked} onClose={onClose} />;
}

function Find({ onAsk, onClose }: { onAsk: (ask: Ask) => void; onClose: () => void }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  // Enter before the answer to what was typed is there: it counts when the answer comes.
  const [isEntered, setEntered] = useState(false);
  const typed = text.trim();
  const { items, isReady, error } = useItems(typed, useDeferredValue(typed), onAsk);
  const at = Math.min(chosen, Math.max(0, items.length - 1));
  useEffect(() => {
    void document.getElementById(`palette-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const go = (index: number) => {
    const item = items[index];
    setEntered(false);
    if (!item) return;
    // An action that asks first opens its dialog in this place; everything else leaves it.
    if (!item.asks) onClose();
    item.go();
  };
  useEffect(() => {
    if (isEntered && isReady) go(0);
    else if (isEntered && error) setEntered(false);
  });
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && items.length) {
      event.preventDefault();
      setChosen((at + step + items.length) % items.length);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      // Who went to an item by the arrows means that one, whatever else may still come.
      if (isReady || error || chosen > 0) go(at);
      else setEntered(true);
    }
  };
  return (
    <Dialog title={palette.title} onClose={onClose}>
      <div className="searchbox">
        <Search size={14} aria-hidden="true" />
        <input
          className="input input--search"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={items[at] ? `palette-${at}` : undefined}
          aria-label={palette.title}
          placeholder={palette.placeholder}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setEntered(false);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id="palette-list" role="listbox" aria-label={palette.list} className="palette__list">
        {items.map((item, i) => (
          <div key={item.key} id={`palette-${i}`} role="option" aria-selected={i === at} className="palette__item" onClick={() => go(i)} onMouseMove={() => setChosen(i)}>
            {item.icon}
            <span className="grow truncate">{item.name}</span>
            {item.note && <span className="quiet truncate palette__note">{item.note}</span>}
            <span className="tag">{palette.kinds[item.kind]}</span>
          </div>
        ))}
      </div>
      {error && (
        <p className="field__error" role="alert">
          {words.problem.title}: {error.message}
        </p>
      )}
      <p className="quiet" aria-live="polite">
        {isEntered ? palette.searching : isReady && items.length === 0 && !error ? palette.nothing : palette.hint}
      </p>
    </Dialog>
  );
}

/** What an action asks before it does anything. */
function Answer({ ask, onClose }: { ask: Ask; onClose: () => void }) {
  const navigate = useNavigate();
  if (ask.what === "trigger") return <TriggerDialog dagId={ask.dag} onClose={onClose} />;
  const at = { dagId: ask.dag, runId: ask.run, onClose };
  if (ask.what === "clear") return <ClearRunDialog {...at} />;
  if (ask.what === "delete") return <DeleteRunDialog {...at} onDone={() => void navigate({ to: "/dags/$dagId", params: { dagId: ask.dag } })} />;
  return <MarkRunDialog {...at} state={ask.what} />;
}
