import { Boxes, ChevronsLeft, Hand, History, type LucideIcon, Workflow } from "lucide-react";
import { type Ref, useMemo } from "react";

import { useNow } from "../../hooks/useNow";
import type { GridRun, RunType } from "../../services/types";
import { words } from "../../words";
import { gridWords } from "../../words/grid";
import { formatDay, formatDuration, formatMoment, formatStamp } from "../../words/times";
import type { Position, Shown } from "./GridView";
import type { Column } from "./model";

const HEIGHT = 42;
const LEAST = 4;
/** Height of all bars when durations are not shown. */
const PLAIN = 16;
/** Columns between two labels at least. */
const LABEL_EVERY = 4;

type Props = {
  corner: Ref<HTMLDivElement>;
  columns: Column[];
  shown: Shown;
  at: Position;
  selectedRun: string | undefined;
  hasBars: boolean;
  hrefOf: (runId: string) => string;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  onOlder: () => void;
};

/** The runs as bars: height is duration, colour is state. Dots are notes, a dashed line is a new version of the DAG. */
export function GridHead({ corner, columns, shown, at, selectedRun, hasBars, hrefOf, hasOlder, isLoadingOlder, onOlder }: Props) {
  const isAlive = columns.some(({ run }) => run.start_date !== null && run.end_date === null);
  const now = useNow(isAlive && hasBars ? 1_000 : null);
  const took = (run: GridRun) =>
    run.start_date === null ? 0 : Math.max(0, ((run.end_date === null ? now : Date.parse(run.end_date)) - Date.parse(run.start_date)) / 1000);
  let longest = 0.001;
  for (const { run } of columns) longest = Math.max(longest, took(run));
  const labels = useMemo(() => labelsOf(columns), [columns]);
  return (
    <div role="row" aria-rowindex={1} className={hasBars ? "grid__head" : "grid__head grid__head--plain"}>
      <div role="columnheader" className="grid__corner" ref={corner}>
        {hasOlder && (
          <button type="button" className="button button--small" disabled={isLoadingOlder} onClick={onOlder}>
            <ChevronsLeft size={14} /> {isLoadingOlder ? words.dag.loadingOlder : words.dag.older}
          </button>
        )}
        {hasBars && longest >= 0.1 && <span className="grid__scale quiet">{formatDuration(longest)}</span>}
      </div>
      {shown.columns.map(({ column: { run }, index }, i) => {
        const isSelected = run.run_id === selectedRun;
        const height = hasBars ? LEAST + Math.round((took(run) / longest) * (HEIGHT - LEAST)) : PLAIN;
        const before = columns[index - 1]?.run;
        const isNewVersion = before !== undefined && before.version_number !== run.version_number;
        const className = ["grid__run", isSelected ? "grid__cell--selected" : "", isNewVersion ? "grid__run--version" : "", run.versions.length > 0 ? "grid__run--versions" : "", run.note ? "grid__run--note" : ""].filter(Boolean).join(" ");
        const label = [
          formatMoment(run.logical_date ?? run.run_after),
          words.runState[run.state],
          words.runType[run.run_type],
          isNewVersion && run.version_number !== null ? gridWords.newVersion(run.version_number) : "",
          run.versions.length > 0 ? gridWords.versions(run.versions) : "",
          run.note ? `${words.run.note}: ${run.note}` : "",
        ];
        return (
          <div key={run.run_id} role="columnheader" aria-colindex={index + 2} className={className} style={i === 0 ? { marginLeft: shown.skip } : undefined}>
            {labels[index] && <span className="grid__when">{labels[index]}</span>}
            <a
              className="bar bar--wide"
              data-state={run.state}
              data-run={run.run_id}
              data-at={`-1:${index}`}
              href={hrefOf(run.run_id)}
              aria-current={isSelected ? "true" : undefined}
              tabIndex={at.row === -1 && at.column === index ? 0 : -1}
              aria-label={label.filter(Boolean).join(", ")}
            >
              <TypeIcon type={run.run_type} />
              <span className="bar__fill" style={{ height }} />
            </a>
          </div>
        );
      })}
    </div>
  );
}

const ICONS: Partial<Record<RunType, LucideIcon>> = { manual: Hand, backfill: History, asset_triggered: Boxes, asset_materialization: Boxes, operator_triggered: Workflow };

/** What a run came from, where it is not the schedule. */
function TypeIcon({ type }: { type: RunType }) {
  const Icon = ICONS[type];
  return Icon ? <Icon size={11} className="bar__type" data-type={type} aria-hidden="true" /> : null;
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
