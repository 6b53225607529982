import { ChevronDown, ChevronRight, Layers } from "lucide-react";
import type { CSSProperties } from "react";

import { words } from "../../words";
import { StateIcon, stateText } from "../StateIcon";
import { type Cell, type Column, cellOf, ordered, type Row } from "./model";

type Props = {
  row: Row;
  index: number;
  top: number;
  columns: Column[];
  atColumn: number | null;
  selectedRun: string | undefined;
  hrefOf: (runId: string) => string;
  onFold: (groupId: string) => void;
};

/** One task, or one group, through all runs. */
export function GridRow({ row, index, top, columns, atColumn, selectedRun, hrefOf, onFold }: Props) {
  return (
    <div role="row" aria-rowindex={index + 2} className="grid__row" style={{ transform: `translateY(${top}px)` }}>
      <div role="rowheader" className="grid__label" style={{ "--depth": row.depth } as CSSProperties}>
        <Label row={row} onFold={onFold} />
      </div>
      {columns.map((column, i) => (
        <div key={column.run.run_id} role="gridcell" className={column.run.run_id === selectedRun ? "grid__cell grid__cell--selected" : "grid__cell"}>
          <CellMark row={row} cell={cellOf(column, row)} at={`${index}:${i}`} href={hrefOf(column.run.run_id)} isReachable={atColumn === i} />
        </div>
      ))}
    </div>
  );
}

function Label({ row, onFold }: { row: Row; onFold: (groupId: string) => void }) {
  if (row.kind === "group")
    return (
      <button type="button" className="grid__fold truncate" aria-expanded={row.isOpen} title={row.node.tooltip || row.id} tabIndex={-1} onClick={() => onFold(row.id)}>
        {row.isOpen ? <ChevronDown size={14} aria-hidden="true" /> : <ChevronRight size={14} aria-hidden="true" />}
        <span className="truncate">{row.label}</span>
        <span className="quiet">{row.tasks.length}</span>
      </button>
    );
  return (
    <span className={row.isGone ? "grid__task truncate quiet" : "grid__task truncate"} title={row.isGone ? `${row.id} (${words.dag.gone})` : `${row.id} · ${row.node?.operator ?? ""}`}>
      <span className="truncate">{row.label}</span>
      {row.node?.is_mapped && <Layers size={12} className="quiet" aria-label={words.dag.mapped} />}
    </span>
  );
}

type MarkProps = { row: Row; cell: Cell | null; at: string; href: string; isReachable: boolean };

function CellMark({ row, cell, at, href, isReachable }: MarkProps) {
  const tabIndex = isReachable ? 0 : -1;
  if (!cell) return <span className="cell cell--absent" data-at={at} tabIndex={tabIndex} role="img" aria-label={words.dag.noInstance} />;
  const isMany = cell.counts !== null;
  const label = [
    row.id,
    isMany ? ordered(cell.counts ?? {}).map(([state, n]) => `${n} ${stateText(state)}`).join(", ") : stateText(cell.state),
    cell.tries > 1 ? words.dag.tries(cell.tries) : "",
  ].filter(Boolean).join(", ");
  const inner = (
    <>
      {isMany && new Set(Object.keys(cell.counts ?? {})).size > 1 ? <Shares cell={cell} /> : <StateIcon state={cell.state} />}
      {isMany && row.kind === "task" && <span className="cell__count">{cell.total > 99 ? "99+" : cell.total}</span>}
      {cell.tries > 1 && !isMany && <span className="cell__tries">{cell.tries}</span>}
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
    <a className="cell" href={href} data-at={at} data-cell-state={cell.state} tabIndex={tabIndex} aria-label={label}>
      {inner}
    </a>
  );
}

/** Several states in one cell: slices as high as their share. */
function Shares({ cell }: { cell: Cell }) {
  return (
    <span className="shares" aria-hidden="true">
      {ordered(cell.counts ?? {}).map(([state, n]) => (
        <span key={state} data-state={state} style={{ flexGrow: n }} />
      ))}
    </span>
  );
}
