import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { instanceQuery } from "../../services/instances";
import { words } from "../../words";
import { gridWords } from "../../words/grid";
import { formatDuration, formatMoment } from "../../words/times";
import { StateIcon, stateText } from "../StateIcon";
import { type Cell, type Column, cellOf, ordered, type Row } from "./model";

export type TipPlace = { row: number; column: number; box: DOMRect };

/** Milliseconds of rest before the dates of a task are asked for. */
const REST = 250;

/** What the pointer or the focus is on: state, tries, dates. One tip serves the whole grid. */
export function CellTip({ dagId, place, row, column }: { dagId: string; place: TipPlace; row: Row | undefined; column: Column | undefined }) {
  if (!column) return null;
  const isLow = place.box.bottom > window.innerHeight - 180;
  const style = {
    left: Math.min(Math.max(8, place.box.left - 24), window.innerWidth - 312),
    ...(isLow ? { bottom: window.innerHeight - place.box.top + 6 } : { top: place.box.bottom + 6 }),
  };
  return (
    <div className="tip celltip" style={style} role="tooltip">
      {row === undefined || place.row < 0 ? <RunFacts column={column} /> : <CellFacts dagId={dagId} row={row} column={column} />}
    </div>
  );
}

function RunFacts({ column: { run } }: { column: Column }) {
  return (
    <>
      <p className="row">
        <StateIcon state={run.state} round /> <strong>{stateText(run.state)}</strong> {words.runType[run.run_type]}
      </p>
      <Line name={words.dag.logicalDate} value={run.logical_date && formatMoment(run.logical_date)} />
      <Line name={words.run.version} value={run.version_number === null ? null : words.dag.version(run.version_number)} />
      <Dates start={run.start_date} end={run.end_date} />
      {run.versions.length > 0 && <p>{gridWords.versions(run.versions)}</p>}
      {run.note && <p>{run.note}</p>}
    </>
  );
}

function CellFacts({ dagId, row, column }: { dagId: string; row: Row; column: Column }) {
  const cell = cellOf(column, row);
  const [isResting, setResting] = useState(false);
  useEffect(() => {
    setResting(false);
    const timer = window.setTimeout(() => setResting(true), REST);
    return () => window.clearTimeout(timer);
  }, [row.id, column.run.run_id]);
  const isTask = row.kind === "task" && cell !== null && cell.counts === null;
  const { data } = useQuery({ ...instanceQuery({ dagId, runId: column.run.run_id, taskId: row.id, mapIndex: -1 }), enabled: isResting && isTask });
  const dates = data?.instance;
  return (
    <>
      <p>
        <strong>{row.id}</strong>
        {row.kind === "task" && row.node && <span className="celltip__dim"> {row.node.operator}</span>}
      </p>
      {cell ? <States cell={cell} /> : <p>{words.dag.noInstance}</p>}
      <Line name={words.dag.logicalDate} value={formatMoment(column.run.logical_date ?? column.run.run_after)} />
      {isTask && <Dates start={dates?.start_date ?? null} end={dates?.end_date ?? null} />}
      {dates?.note && <p>{dates.note}</p>}
    </>
  );
}

function States({ cell }: { cell: Cell }) {
  if (cell.counts)
    return ordered(cell.counts).map(([state, n]) => (
      <p key={state} className="row">
        <StateIcon state={state} /> {n} {stateText(state)}
      </p>
    ));
  return (
    <p className="row">
      <StateIcon state={cell.state} /> {stateText(cell.state)}
      {cell.tries > 1 && <span className="celltip__dim">{words.dag.tries(cell.tries)}</span>}
    </p>
  );
}

function Dates({ start, end }: { start: string | null; end: string | null }) {
  return (
    <>
      <Line name={words.dag.started} value={start && formatMoment(start)} />
      <Line name={words.dag.ended} value={end && formatMoment(end)} />
      {start && end && <Line name={words.dag.duration} value={formatDuration((Date.parse(end) - Date.parse(start)) / 1000)} />}
    </>
  );
}

function Line({ name, value }: { name: string; value: string | null }) {
  return (
    <p>
      <span className="celltip__dim">{name}</span> {value ?? words.common.dash}
    </p>
  );
}
