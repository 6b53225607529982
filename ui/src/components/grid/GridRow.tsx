import { ChevronDown, ChevronRight, GitFork, Layers } from "lucide-react";
import { type CSSProperties, memo } from "react";

import { taskPlace } from "../../services/places";
import { words } from "../../words";
import { gridWords } from "../../words/grid";
import { stateText } from "../StateIcon";
import type { Shown } from "./GridView";
import { type Cell, cellOf, ordered, type Row } from "./model";

type Props = {
  row: Row;
  index: number;
  top: number;
  shown: Shown;
  atColumn: number | null;
  selectedRun: string | undefined;
  dagId: string;
  onFold: (groupId: string) => void;
  onStream: (taskId: string) => void;
};

/** One task, or one group, through all runs. */
export const GridRow = memo(function GridRow({ row, index, top, shown, atColumn, selectedRun, dagId, onFold, onStream }: Props) {
  return (
    <div role="row" aria-rowindex={index + 2} className="grid__row" style={{ transform: `translateY(${top}px)` }}>
      <div role="rowheader" className="grid__label" style={{ "--depth": row.depth } as CSSProperties}>
        <Label row={row} onFold={onFold} onStream={onStream} />
      </div>
      {shown.columns.map(({ column, index: at }, i) => (
        <div
          key={column.run.run_id}
          role="gridcell"
          aria-colindex={at + 2}
          className={column.run.run_id === selectedRun ? "grid__cell grid__cell--selected" : "grid__cell"}
          style={i === 0 ? { marginLeft: shown.skip } : undefined}
        >
          <CellMark row={row} cell={cellOf(column, row)} at={`${index}:${at}`} href={taskPlace(dagId, column.run.run_id, row.id)} isReachable={atColumn === at} />
        </div>
      ))}
    </div>
  );
});

function Label({ row, onFold, onStream }: { row: Row; onFold: (groupId: string) => void; onStream: (taskId: string) => void }) {
  if (row.kind === "group")
    return (
      <button type="button" className="grid__fold truncate" aria-expanded={row.isOpen} title={row.node.tooltip || row.id} tabIndex={-1} onClick={() => onFold(row.id)}>
        {row.isOpen ? <ChevronDown size={14} aria-hidden="true" /> : <ChevronRight size={14} aria-hidden="true" />}
        <span className="truncate">{row.label}</span>
        <span className="quiet">{row.tasks.length}</span>
      </button>
    );
  return (
    <>
      <span className={row.isGone ? "grid__task truncate quiet" : "grid__task truncate"} title={row.isGone ? `${row.id} (${words.dag.gone})` : `${row.id} · ${row.node?.operator ?? ""}`}>
        <span className="truncate">{row.label}</span>
        {row.node?.is_mapped && <Layers size={12} className="quiet" aria-label={words.dag.mapped} />}
      </span>
      {!row.isGone && (
        <button type="button" className="grid__stream" tabIndex={-1} aria-label={gridWords.streamOf(row.id)} title={gridWords.streamOf(row.id)} onClick={() => onStream(row.id)}>
          <GitFork size={12} aria-hidden="true" />
        </button>
      )}
    </>
  );
}

type MarkProps = { row: Row; cell: Cell | null; at: string; href: string; isReachable: boolean };

function CellMark({ row, cell, at, href, isReachable }: MarkProps) {
  const tabIndex = isReachable ? 0 : -1;
  if (!cell) return <span className="cell cell--absent" data-at={at} tabIndex={tabIndex} role="img" aria-label={words.dag.noInstance} />;
  const isMany = cell.counts !== null;
  const states = isMany ? ordered(cell.counts ?? {}) : [];
  const label = [
    row.id,
    isMany && row.kind === "task" ? gridWords.instances(cell.total) : "",
    isMany ? states.map(([state, n]) => `${n} ${stateText(state)}`).join(", ") : stateText(cell.state),
    cell.tries > 1 ? words.dag.tries(cell.tries) : "",
    cell.isNoted ? gridWords.hasNote : "",
  ].filter(Boolean).join(", ");
  const isCounted = isMany && row.kind === "task";
  const isNumbered = isCounted || (cell.tries > 1 && !isMany);
  const inner = (
    <>
      {states.length > 1 ? <Shares states={states} /> : <span className={row.kind === "group" || isNumbered ? "mark mark--small" : "mark"} data-state={cell.state} aria-hidden="true" />}
      {isCounted && <span className="cell__count">×{cell.total > 99 ? "99+" : cell.total}</span>}
      {cell.tries > 1 && !isMany && <span className="cell__tries">↻{cell.tries}</span>}
      {cell.isNoted && <span className="cell__note" />}
    </>
  );
  // A group has no page of its own; its cell folds and unfolds it.
  if (row.kind === "group")
    return (
      <button type="button" className="cell cell--group" data-at={at} data-cell-state={cell.state} tabIndex={tabIndex} aria-label={label}>
        {inner}
      </button>
    );
  return (
    <a className={isNumbered ? "cell cell--numbered" : "cell"} href={href} data-at={at} data-cell-state={cell.state} tabIndex={tabIndex} aria-label={label}>
      {inner}
    </a>
  );
}

/** Several states in one cell: slices as high as their share, none too thin to be seen. */
function Shares({ states }: { states: ReturnType<typeof ordered> }) {
  const total = states.reduce((sum, [, n]) => sum + n, 0);
  const least = 14;
  const free = 100 - least * states.length;
  let at = 0;
  const stops = states.map(([state, n]) => {
    const from = at;
    at += least + (free * n) / total;
    return `var(--state-${state}) ${from.toFixed(1)}% ${at.toFixed(1)}%`;
  });
  return <span className="shares" aria-hidden="true" style={{ background: `linear-gradient(${stops.join(", ")})` }} />;
}
