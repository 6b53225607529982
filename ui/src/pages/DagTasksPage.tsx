import "../styles/dags.css";
import "../styles/history.css";

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowDown, ArrowUp } from "lucide-react";

import { SearchField } from "../components/lists/SearchField";
import { Moment } from "../components/Moment";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { PlainLink } from "../components/PlainLink";
import { StateBadge } from "../components/StateIcon";
import { useRowKeys } from "../hooks/useRowKeys";
import { type TaskStatistics, taskStatisticsQuery } from "../services/history";
import { tasksPlace } from "../services/places";
import { words } from "../words";
import { history } from "../words/history";
import { formatDuration } from "../words/times";

/** Rows shown at most: the filter finds the others. */
const SHOWN = 500;

const rateOf = (task: TaskStatistics): number => (task.finished === 0 ? -1 : task.failed / task.finished);
const ORDER: Record<string, (task: TaskStatistics) => number | string> = {
  task: (task) => task.task_id,
  operator: (task) => task.operator,
  last: (task) => task.last_state,
  started: (task) => task.last_start ?? "",
  finished: (task) => task.finished,
  failed: (task) => task.failed,
  rate: rateOf,
  tries: (task) => task.tries ?? 0,
  median: (task) => task.took.median ?? -1,
  p95: (task) => task.took.p95 ?? -1,
};
const COLUMNS = Object.keys(ORDER) as (keyof typeof history.column)[];
const NUMBERS = new Set(["finished", "failed", "rate", "tries", "median", "p95"]);

/** How each task of a DAG did lately. */
export function DagTasksPage() {
  const { dagId } = useParams({ from: "/layout/dags/$dagId" });
  const { tasks: wanted = "", sort = "task" } = useSearch({ from: "/layout/dags/$dagId/tasks" });
  const navigate = useNavigate({ from: "/dags/$dagId/tasks" });
  const { data, error, refetch } = useQuery(taskStatisticsQuery(dagId));
  useRowKeys("tr[data-task] [data-row]");
  const by = ORDER[sort.replace("-", "")] ?? rateOf;
  const found = (data?.tasks ?? [])
    .filter((task) => task.task_id.toLowerCase().includes(wanted.toLowerCase()))
    .sort((a, b) => compare(by(a), by(b)) * (sort.startsWith("-") ? -1 : 1));
  return (
    <div className="page history">
      <div className="dags__filter">
        <h2>{history.tasks}</h2>
        <span className="quiet">{data && history.overRuns(data.runs)}</span>
        <SearchField label={history.filterTasks} value={wanted} onChange={(text) => void navigate({ search: (old) => ({ ...old, tasks: text || undefined }), replace: true })} />
      </div>
      {error && !data ? (
        <Problem error={error} again={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={8} />
      ) : found.length === 0 ? (
        <Notice title={data.tasks.length === 0 ? history.noRuns : words.dag.noTasks} small />
      ) : (
        <div className="list__scroll" role="region" aria-label={history.tasks} tabIndex={0}>
          <table className="list">
            <thead>
              <tr>
                {COLUMNS.map((name) => {
                  const isUp = sort === name;
                  const isDown = sort === `-${name}`;
                  const next = isDown || (!isUp && !NUMBERS.has(name)) ? name : `-${name}`;
                  return (
                    <th key={name} scope="col" className={NUMBERS.has(name) ? "number" : undefined} aria-sort={isUp ? "ascending" : isDown ? "descending" : undefined}>
                      <button type="button" className="sort" onClick={() => void navigate({ search: (old) => ({ ...old, sort: next === "task" ? undefined : next }) })}>
                        {history.column[name]}
                        {isUp && <ArrowUp size={12} aria-hidden="true" />}
                        {isDown && <ArrowDown size={12} aria-hidden="true" />}
                      </button>
                    </th>
                  );
                })}
              </tr>
            </thead>
            <tbody>
              {found.slice(0, SHOWN).map((task) => (
                <tr key={task.task_id} data-task={task.task_id}>
                  <td>
                    <PlainLink href={tasksPlace({ dag: dagId, task: task.task_id })} className="explorer__name" data-row>
                      {task.task_id}
                    </PlainLink>
                  </td>
                  <td className="soft">{task.operator}</td>
                  <td>
                    <StateBadge state={task.last_state} />
                  </td>
                  <td>
                    <Moment at={task.last_start} relative />
                  </td>
                  <td className="number">{task.finished}</td>
                  <td className="number">
                    {task.failed > 0 ? (
                      <PlainLink href={tasksPlace({ dag: dagId, task: task.task_id, states: ["failed"] })} className="history__bad">
                        {task.failed}
                      </PlainLink>
                    ) : (
                      0
                    )}
                  </td>
                  <td className="number">{task.finished === 0 ? words.common.dash : history.rate(rateOf(task))}</td>
                  <td className="number">{task.tries === null ? words.common.dash : task.tries.toFixed(1)}</td>
                  <td className="number">{told(task.took.median)}</td>
                  <td className="number">{told(task.took.p95)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {found.length > SHOWN && <p className="quiet">{words.touch.moreRows(found.length - SHOWN)}</p>}
        </div>
      )}
    </div>
  );
}

const told = (seconds: number | null): string => (seconds === null ? words.common.dash : formatDuration(seconds));

function compare(a: number | string, b: number | string): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}
