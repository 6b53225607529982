import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useDeferredValue, useState } from "react";

import { dagNamesQuery } from "../services/dags";
import { words } from "../words";
import { Dialog } from "./Dialog";
import { StateIcon } from "./StateIcon";

/** Find a DAG by a few letters and go there. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const search = useDeferredValue(text.trim());
  const { data } = useQuery(dagNamesQuery(search));
  const navigate = useNavigate();
  const dags = data?.dags ?? [];
  const at = Math.min(chosen, Math.max(0, dags.length - 1));
  const go = (index: number) => {
    const dag = dags[index];
    if (!dag) return;
    onClose();
    void navigate({ to: "/dags/$dagId", params: { dagId: dag.dag_id } });
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && dags.length) {
      event.preventDefault();
      setChosen((at + step + dags.length) % dags.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(at);
    }
  };
  return (
    <Dialog title={words.palette.title} onClose={onClose}>
      <div className="searchbox">
        <Search size={14} aria-hidden="true" />
        <input
          className="input input--search"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={dags[at] ? `palette-${at}` : undefined}
          aria-label={words.palette.title}
          placeholder={words.palette.placeholder}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id="palette-list" role="listbox" aria-label={words.top.dags} className="palette__list">
        {dags.map((dag, i) => {
          const last = dag.runs.at(-1);
          return (
            <div key={dag.dag_id} id={`palette-${i}`} role="option" aria-selected={i === at} className="palette__item" onClick={() => go(i)} onMouseMove={() => setChosen(i)}>
              {last ? <StateIcon state={last.state} round /> : <StateIcon state="none" round />}
              <span className="grow truncate">{dag.display_name}</span>
              <span className="quiet truncate">{dag.schedule_description}</span>
            </div>
          );
        })}
      </div>
      <p className="quiet">{data && dags.length === 0 ? words.palette.nothing : words.palette.recent}</p>
    </Dialog>
  );
}
