import { useParams } from "@tanstack/react-router";
import { ChevronsDownUp, ChevronsUpDown, Download, Spline } from "lucide-react";
import { useState } from "react";

import type { GraphSearch } from "../../routes/graph";
import type { RunBar, TaskState } from "../../services/types";
import { words } from "../../words";
import { graphWords } from "../../words/graph";
import { formatRunDate } from "../../words/times";
import { STATE_ORDER } from "../grid/model";
import { SearchField } from "../lists/SearchField";
import { Menu, MenuItem } from "../Menu";
import { stateText } from "../StateIcon";
import { FindRun } from "./FindRun";
import { DIRECTIONS, type Direction } from "./place";

/** Not the name of a run: no such name has a line break. */
const FIND = "\n";

type Props = {
  search: GraphSearch;
  onChange: (part: GraphSearch) => void;
  runs: RunBar[];
  runId: string | undefined;
  versions: number[];
  /** Those that tasks of the run had, when they are several or not the run's own. */
  ran: number[];
  hasGroups: boolean;
  hasExtras: boolean;
  onFoldAll: (open: boolean) => void;
  found: { at: number; count: number } | null;
  onNextFound: (step: number) => void;
  onSave: (kind: "png" | "svg") => void;
};

export function GraphToolbar({ search, onChange, runs, runId, versions, ran, hasGroups, hasExtras, onFoldAll, found, onNextFound, onSave }: Props) {
  const t = graphWords;
  const { dagId } = useParams({ from: "/layout/dags/$dagId" });
  const [isFinding, setFinding] = useState(false);
  const choose = (run: string | undefined) => onChange({ run, version: undefined });
  return (
    <div className="graphbar" role="search">
      <SearchField className="graphbar__search" label={t.search} value={search.q ?? ""} onChange={(text) => onChange({ q: text || undefined })} onEnter={(isShift) => onNextFound(isShift ? -1 : 1)} />
      {found && (
        <span className="soft graphbar__found" role="status">
          {t.found(found.at, found.count)}
        </span>
      )}
      <select className="input graphbar__run" aria-label={t.run} value={search.run ?? ""} onChange={(event) => (event.target.value === FIND ? setFinding(true) : choose(event.target.value || undefined))}>
        <option value="">{runs.length ? t.latestRun : t.noRun}</option>
        {runs.toReversed().map((run) => (
          <option key={run.run_id} value={run.run_id}>
            {formatRunDate(run.logical_date ?? run.run_after)} · {words.runState[run.state]}
          </option>
        ))}
        {runId !== undefined && !runs.some((run) => run.run_id === runId) && <option value={runId}>{runId}</option>}
        {runs.length > 0 && <option value="none">{t.noRun}</option>}
        {runs.length > 0 && <option value={FIND}>{t.findRun}</option>}
      </select>
      {isFinding && (
        <FindRun
          dagId={dagId}
          onClose={() => setFinding(false)}
          onChoose={(run) => {
            setFinding(false);
            choose(run);
          }}
        />
      )}
      {versions.length > 1 && (
        <select className="input graphbar__select" aria-label={t.version} value={search.version ?? ""} onChange={(event) => onChange({ version: Number(event.target.value) || undefined })}>
          <option value="">{t.ofRun}</option>
          {versions.map((version) => (
            <option key={version} value={version}>
              {ran.includes(version) ? t.ranWith(version) : words.dag.version(version)}
            </option>
          ))}
        </select>
      )}
      <select className="input graphbar__select" aria-label={t.show} value={search.only ?? ""} disabled={runId === undefined} onChange={(event) => onChange({ only: event.target.value || undefined })}>
        <option value="">{t.allTasks}</option>
        <option value="failing">{t.failing}</option>
        {STATE_ORDER.map((state: TaskState) => (
          <option key={state} value={state}>
            {stateText(state)}
          </option>
        ))}
      </select>
      {runId !== undefined && (
        <button type="button" className="button" aria-pressed={search.critical === true} title={t.criticalTip} onClick={() => onChange({ critical: search.critical ? undefined : true })}>
          <Spline size={14} /> {t.critical}
        </button>
      )}
      {hasExtras && (
        <button type="button" className="button" aria-pressed={!search.bare} onClick={() => onChange({ bare: search.bare ? undefined : true })}>
          {t.extras}
        </button>
      )}
      <span className="grow" />
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
      <select className="input graphbar__select" aria-label={t.direction} value={search.dir ?? "LR"} onChange={(event) => onChange({ dir: event.target.value === "LR" ? undefined : (event.target.value as Direction) })}>
        {DIRECTIONS.map((direction) => (
          <option key={direction} value={direction}>
            {t.directions[direction]}
          </option>
        ))}
      </select>
      <Menu
        trigger={
          <button type="button" className="button button--icon" aria-label={t.save} title={t.save}>
            <Download size={14} />
          </button>
        }
      >
        <MenuItem onSelect={() => onSave("png")}>{t.savePng}</MenuItem>
        <MenuItem onSelect={() => onSave("svg")}>{t.saveSvg}</MenuItem>
      </Menu>
    </div>
  );
}
