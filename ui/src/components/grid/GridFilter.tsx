import { ChevronsDownUp, ChevronsUpDown, Search } from "lucide-react";

import type { GridSearch } from "../../routes/dag";
import type { RunState, RunType } from "../../services/types";
import { words } from "../../words";

const STATES: RunState[] = ["queued", "running", "success", "failed"];
const TYPES: RunType[] = ["scheduled", "manual", "backfill", "asset_triggered", "operator_triggered", "asset_materialization"];

type Props = { search: GridSearch; onChange: (part: GridSearch) => void; hasGroups: boolean; onFoldAll: (open: boolean) => void };

export function GridFilter({ search, onChange, hasGroups, onFoldAll }: Props) {
  const t = words.dag;
  return (
    <div className="gridfilter" role="search">
      <div className="searchbox gridfilter__tasks">
        <Search size={14} aria-hidden="true" />
        <input data-search type="search" className="input input--search" aria-label={t.filterTasks} placeholder={t.filterTasks} value={search.tasks ?? ""} onChange={(event) => onChange({ tasks: event.target.value || undefined })} />
      </div>
      {hasGroups && (
        <>
          <button type="button" className="button button--icon" aria-label={t.expandAll} title={t.expandAll} onClick={() => onFoldAll(true)}>
            <ChevronsUpDown size={14} />
          </button>
          <button type="button" className="button button--icon" aria-label={t.collapseAll} title={t.collapseAll} onClick={() => onFoldAll(false)}>
            <ChevronsDownUp size={14} />
          </button>
        </>
      )}
      <span className="grow" />
      <select className="input gridfilter__select" aria-label={t.typeFilter} value={search.type ?? ""} onChange={(event) => onChange({ type: (event.target.value || undefined) as RunType | undefined })}>
        <option value="">{t.allTypes}</option>
        {TYPES.map((type) => (
          <option key={type} value={type}>
            {words.runType[type]}
          </option>
        ))}
      </select>
      <select className="input gridfilter__select" aria-label={t.stateFilter} value={search.state ?? ""} onChange={(event) => onChange({ state: (event.target.value || undefined) as RunState | undefined })}>
        <option value="">{t.allStates}</option>
        {STATES.map((state) => (
          <option key={state} value={state}>
            {words.runState[state]}
          </option>
        ))}
      </select>
    </div>
  );
}
