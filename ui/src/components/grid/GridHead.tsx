import { ChevronsLeft } from "lucide-react";

import { words } from "../../words";
import { formatDay, formatDuration, formatMoment, formatStamp } from "../../words/times";
import { useNow } from "../../hooks/useNow";
import type { GridRun } from "../../services/types";
import type { Column } from "./model";
import type { Position } from "./GridView";

const HEIGHT = 48;
const LEAST = 4;
/** Columns between two labels at least. */
const LABEL_EVERY = 4;

type Props = {
  columns: Column[];
  at: Position;
  selectedRun: string | undefined;
  hrefOf: (runId: string) => string;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  onOlder: () => void;
};

/** The runs as bars: height is duration, colour is state. */
export function GridHead({ columns, at, selectedRun, hrefOf, hasOlder, isLoadingOlder, onOlder }: Props) {
  const isAlive = columns.some(({ run }) => run.start_date !== null && run.end_date === null);
  const now = useNow(isAlive ? 1_000 : null);
  const took = (run: GridRun) =>
    run.start_date === null ? 0 : Math.max(0, ((run.end_date === null ? now : Date.parse(run.end_date)) - Date.parse(run.start_date)) / 1000);
  const longest = Math.max(0.001, ...columns.map(({ run }) => took(run)));
  const labels = labelsOf(columns);
  return (
    <div role="row" aria-rowindex={1} className="grid__head">
      <div role="columnheader" className="grid__corner">
        {hasOlder && (
          <button type="button" className="button button--small" disabled={isLoadingOlder} onClick={onOlder}>
            <ChevronsLeft size={14} /> {isLoadingOlder ? words.dag.loadingOlder : words.dag.older}
          </button>
        )}
        {longest >= 0.1 && <span className="grid__scale quiet">{formatDuration(longest)}</span>}
      </div>
      {columns.map(({ run }, i) => {
        const isSelected = run.run_id === selectedRun;
        const height = LEAST + Math.round((took(run) / longest) * (HEIGHT - LEAST));
        return (
          <div key={run.run_id} role="columnheader" className={isSelected ? "grid__run grid__cell--selected" : "grid__run"}>
            {labels[i] && <span className="grid__when">{labels[i]}</span>}
            <a className="bar bar--wide" data-state={run.state} data-run={run.run_id} data-at={`-1:${i}`} href={hrefOf(run.run_id)} aria-current={isSelected ? "true" : undefined} tabIndex={at.row === -1 && at.column === i ? 0 : -1} aria-label={`${formatMoment(run.logical_date ?? run.run_after)}, ${words.runState[run.state]}, ${words.runType[run.run_type]}`}>
              <span className="bar__fill" style={{ height }} />
            </a>
          </div>
        );
      })}
    </div>
  );
}

/** The day where it changes, the time elsewhere; never so close that they touch. */
function labelsOf(columns: Column[]): (string | null)[] {
  let day = "";
  let last = -LABEL_EVERY;
  return columns.map(({ run }, i) => {
    const stamp = formatStamp(run.logical_date ?? run.run_after);
    const isNewDay = stamp.slice(0, 10) !== day;
    if (i - last < LABEL_EVERY) return null;
    last = i;
    day = stamp.slice(0, 10);
    return isNewDay ? formatDay(run.logical_date ?? run.run_after) : stamp.slice(11, 16);
  });
}
