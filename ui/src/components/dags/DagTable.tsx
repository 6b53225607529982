import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp, FileWarning, Hand, Play } from "lucide-react";

import { useMay } from "../../hooks/useMay";
import type { DagColumn, DagOrder } from "../../services/dags";
import type { ListedDag } from "../../services/types";
import { words } from "../../words";
import { lists } from "../../words/lists";
import { scheduleText } from "../../words/schedule";
import { Moment } from "../Moment";
import { StateIcon, stateText } from "../StateIcon";
import { Tip } from "../Tip";
import { PauseSwitch } from "./PauseSwitch";
import { RunBars } from "./RunBars";
import { Star } from "./Star";
import { StateCounts } from "./StateCounts";

type Props = {
  dags: ListedDag[];
  order: DagOrder;
  isOld: boolean;
  onOrder: (order: DagOrder) => void;
  onTag: (tag: string) => void;
  onTrigger: (dagId: string) => void;
};

export function DagTable({ dags, order, isOld, onOrder, onTag, onTrigger }: Props) {
  const column = words.dags.column;
  const head = (field: DagColumn, text: string, className: string) => (
    <SortHead field={field} text={text} className={className} order={order} onOrder={onOrder} />
  );
  return (
    <table className="dagtable" aria-busy={isOld}>
      <thead>
        <tr>
          {head("dag_id", column.name, "dagtable__name")}
          <th scope="col">{column.schedule}</th>
          <th scope="col">{column.runs}</th>
          <th scope="col">{lists.counts}</th>
          {head("last_run", column.last, "")}
          {head("next_run", column.next, "")}
          <th scope="col">
            <span className="sr-only">{column.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {dags.map((dag) => (
          <Row key={dag.dag_id} dag={dag} onTag={onTag} onTrigger={onTrigger} />
        ))}
      </tbody>
    </table>
  );
}

type SortProps = { field: DagColumn; text: string; className: string; order: DagOrder; onOrder: (order: DagOrder) => void };

function SortHead({ field, text, className, order, onOrder }: SortProps) {
  const isUp = order === field;
  const isDown = order === `-${field}`;
  // Names begin at A, runs at the newest.
  const first: DagOrder = field === "last_run" ? `-${field}` : field;
  const next: DagOrder = isUp ? `-${field}` : isDown ? field : first;
  return (
    <th scope="col" className={className} aria-sort={isUp ? "ascending" : isDown ? "descending" : undefined}>
      <button type="button" className="sort" onClick={() => onOrder(next)} title={words.dags.sortBy(text)}>
        {text}
        {isUp && <ArrowUp size={12} aria-hidden="true" />}
        {isDown && <ArrowDown size={12} aria-hidden="true" />}
      </button>
    </th>
  );
}

function Row({ dag, onTag, onTrigger }: { dag: ListedDag; onTag: (tag: string) => void; onTrigger: (dagId: string) => void }) {
  const last = dag.runs.at(-1);
  const mayNot = useMay()("create", "DAG Runs", dag.dag_id);
  return (
    <tr data-dag={dag.dag_id} className={dag.is_paused ? "dagtable__paused" : undefined}>
      <td className="dagtable__name">
        <div className="dagname">
          <PauseSwitch dagId={dag.dag_id} name={dag.display_name} isPaused={dag.is_paused} />
          <Star dagId={dag.dag_id} name={dag.display_name} isFavorite={dag.is_favorite} />
          <div className="dagname__text">
            <span className="row">
              <Link to="/dags/$dagId" params={{ dagId: dag.dag_id }} className="dagname__link truncate" data-row>
                {dag.display_name}
              </Link>
              {dag.open_questions > 0 && (
                <Tip text={lists.questions(dag.open_questions)}>
                  <Hand size={14} className="dagname__asks" aria-label={lists.questions(dag.open_questions)} tabIndex={0} />
                </Tip>
              )}
              {dag.has_import_errors && (
                <Tip text={words.dags.broken}>
                  <FileWarning size={14} className="dagname__broken" aria-label={words.dags.broken} tabIndex={0} />
                </Tip>
              )}
            </span>
            <span className="dagname__more">
              {dag.tags.map((tag) => (
                <button key={tag} type="button" className="tag" onClick={() => onTag(tag)}>
                  {tag}
                </button>
              ))}
              <span className="quiet truncate" title={dag.description ?? undefined}>
                {dag.owners.join(", ")}
                {dag.description && ` · ${dag.description}`}
              </span>
            </span>
          </div>
        </div>
      </td>
      <td className="dagtable__schedule">
        {scheduleText(dag)}
        {dag.schedule !== null && <span className="dagtable__sub quiet mono truncate">{dag.schedule}</span>}
      </td>
      <td className="dagtable__bars">
        <RunBars dagId={dag.dag_id} runs={dag.runs} />
      </td>
      <td className="dagtable__counts">
        <StateCounts dagId={dag.dag_id} counts={dag.counts} />
      </td>
      <td className="dagtable__last">
        {last && (
          <Link to="/dags/$dagId/runs/$runId" params={{ dagId: dag.dag_id, runId: last.run_id }} className="state dagtable__run">
            <StateIcon state={last.state} round />
            <span>
              {stateText(last.state)}
              <span className="dagtable__sub quiet">
                <Moment at={last.end_date ?? last.start_date ?? last.run_after} relative />
                {dag.active_runs > (last.end_date === null ? 1 : 0) && ` · ${words.dags.activeRuns(dag.active_runs)}`}
              </span>
            </span>
          </Link>
        )}
      </td>
      <td className="dagtable__next">
        {dag.is_paused ? <span className="quiet">{words.dags.isPaused}</span> : <Moment at={dag.next_run_after} relative />}
      </td>
      <td className="dagtable__actions">
        <button
          type="button"
          className="button button--plain button--icon"
          disabled={mayNot !== undefined}
          aria-label={words.dags.triggerOf(dag.display_name)}
          title={mayNot ?? words.dags.triggerOf(dag.display_name)}
          onClick={() => onTrigger(dag.dag_id)}
        >
          <Play size={15} />
        </button>
      </td>
    </tr>
  );
}
