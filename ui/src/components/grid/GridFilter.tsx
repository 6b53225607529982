import { ChartColumn, ChevronsDownUp, ChevronsUpDown, ListFilter, TriangleAlert, X } from "lucide-react";
import { useState } from "react";

import { useTyped } from "../../hooks/useTyped";
import type { GridSearch } from "../../routes/gridSearch";
import { RUNS_PER_PAGE } from "../../services/runs";
import type { RunState, RunType } from "../../services/types";
import { words } from "../../words";
import { gridWords } from "../../words/grid";
import { zoneName } from "../../words/times";
import { SearchField } from "../lists/SearchField";
import { localMoment, momentOf } from "../trigger/schema";

const STATES: RunState[] = ["queued", "running", "success", "failed"];
const TYPES: RunType[] = ["scheduled", "manual", "backfill", "asset_triggered", "operator_triggered", "asset_materialization"];
const LIMITS = [5, 10, RUNS_PER_PAGE, 50, 100, 200];

type Props = { search: GridSearch; onChange: (part: GridSearch) => void; hasGroups: boolean; onFoldAll: (open: boolean) => void };

export function GridFilter({ search, onChange, hasGroups, onFoldAll }: Props) {
  const t = words.dag;
  const g = gridWords;
  const isMoreUsed = search.user !== undefined || search.since !== undefined || search.until !== undefined;
  const [isMore, setMore] = useState(isMoreUsed);
  return (
    <>
      <div className="gridfilter" role="search">
        <SearchField className="gridfilter__tasks" label={t.filterTasks} value={search.tasks ?? ""} onChange={(text) => onChange({ tasks: text || undefined })} />
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
        <button type="button" className="button button--icon" aria-pressed={!search.plain} aria-label={g.bars} title={g.barsTip} onClick={() => onChange({ plain: search.plain ? undefined : true })}>
          <ChartColumn size={14} />
        </button>
        <button type="button" className="button button--icon" aria-pressed={search.failing === true} aria-label={g.failing} title={g.failing} onClick={() => onChange({ failing: search.failing ? undefined : true })}>
          <TriangleAlert size={14} />
        </button>
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
        <button type="button" className="button button--icon" aria-expanded={isMore} aria-pressed={isMoreUsed} aria-label={isMore ? g.fewer : g.more} title={isMore ? g.fewer : g.more} onClick={() => setMore(!isMore)}>
          <ListFilter size={14} />
        </button>
      </div>
      {isMore && (
        <div className="gridfilter gridfilter--more">
          <MomentField label={g.since} value={search.since} onChange={(since) => onChange({ since })} />
          <MomentField label={g.until} value={search.until} onChange={(until) => onChange({ until })} />
          <SearchField className="gridfilter__user" main={false} label={g.user} value={search.user ?? ""} onChange={(text) => onChange({ user: text || undefined })} />
          <label className="row">
            <span className="soft">{g.limit}</span>
            <select className="input gridfilter__select" value={search.limit ?? RUNS_PER_PAGE} onChange={(event) => onChange({ limit: Number(event.target.value) === RUNS_PER_PAGE ? undefined : Number(event.target.value) })}>
              {LIMITS.map((n) => (
                <option key={n} value={n}>
                  {n}
                </option>
              ))}
            </select>
          </label>
          {isMoreUsed && (
            <button type="button" className="button button--small" onClick={() => onChange({ user: undefined, since: undefined, until: undefined })}>
              {g.clear}
            </button>
          )}
        </div>
      )}
      {search.of !== undefined && (
        <div className="gridfilter gridfilter--more">
          <strong className="truncate">{g.stream(search.of)}</strong>
          <div className="segments" role="group" aria-label={g.stream(search.of)}>
            {(["up", "down", "both"] as const).map((side) => (
              <button key={side} type="button" className="segment" aria-pressed={(search.side ?? "both") === side} onClick={() => onChange({ side: side === "both" ? undefined : side })}>
                {g.sides[side]}
              </button>
            ))}
          </div>
          <select className="input gridfilter__select" aria-label={g.depth} value={search.depth ?? ""} onChange={(event) => onChange({ depth: Number(event.target.value) || undefined })}>
            <option value="">{g.anyDepth}</option>
            {[1, 2, 3, 4, 5, 10].map((n) => (
              <option key={n} value={n}>
                {g.steps(n)}
              </option>
            ))}
          </select>
          <button type="button" className="button button--small" onClick={() => onChange({ of: undefined, side: undefined, depth: undefined })}>
            <X size={13} /> {g.allTasks}
          </button>
        </div>
      )}
    </>
  );
}

/** Milliseconds after the last key before the grid follows: a year that is typed passes through four others. */
const PATIENCE = 500;

function MomentField({ label, value, onChange }: { label: string; value: string | undefined; onChange: (moment: string | undefined) => void }) {
  const [text, setText] = useTyped(value === undefined ? "" : localMoment(value, zoneName()).slice(0, 16), (local) => onChange(momentOf(local, zoneName()) ?? undefined), PATIENCE);
  return (
    <label className="row">
      <span className="soft">{label}</span>
      <input type="datetime-local" className="input" value={text} onChange={(event) => setText(event.target.value)} />
    </label>
  );
}
