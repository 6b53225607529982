import { Link } from "@tanstack/react-router";
import { AlarmClock, CircleX, FileWarning, Hand, Hourglass, type LucideIcon, TimerOff } from "lucide-react";
import type { ReactNode } from "react";

import type { Home } from "../../services/home";
import { dagPlace, runPlace, taskPlace, tasksPlace } from "../../services/places";
import { home } from "../../words/home";
import { Moment } from "../Moment";
import { Notice } from "../Notice";
import { PlainLink } from "../PlainLink";
import { ErrorLine } from "./ErrorLine";

/** How many kinds of trouble there are. */
export const troublesOf = (data: Home): number =>
  [data.failing, data.late, data.stuck, data.import_errors, data.deadlines, data.questions].filter((one) => one.total > 0).length;

/** What needs somebody: the worst first, nothing where nothing is. */
export function Troubles({ data, isSick }: { data: Home; isSick: boolean }) {
  if (troublesOf(data) === 0) return <Notice title={isSick ? home.needs(1) : home.calm} text={isSick ? home.sickText : home.calmText} small />;
  return (
    <>
      <Trouble icon={CircleX} kind="failing" title={home.failing} some={data.failing} all="/dags?show=failed">
        {(run) => (
          <li key={run.dag_id}>
            <span className="trouble__what">
              <PlainLink href={dagPlace(run.dag_id)}>{run.dag_display_name}</PlainLink>{" "}
              <PlainLink href={runPlace(run.dag_id, run.run_id)} className="quiet">
                <Moment at={run.end_date ?? run.run_after} relative />
              </PlainLink>
            </span>
            <ErrorLine run={run} />
          </li>
        )}
      </Trouble>
      <Trouble icon={AlarmClock} kind="late" title={home.late} some={data.late} all="/dags?order=next_run&show=active">
        {(dag) => (
          <li key={dag.dag_id}>
            <span className="trouble__what">
              <PlainLink href={dagPlace(dag.dag_id)}>{dag.dag_display_name}</PlainLink>{" "}
              <span className="quiet">
                {home.due} <Moment at={dag.due_at} relative />
                {dag.is_full && ` · ${home.isFull}`}
              </span>
            </span>
          </li>
        )}
      </Trouble>
      <Trouble icon={Hourglass} kind="stuck" title={home.stuck} some={data.stuck} all={tasksPlace({ states: ["queued", "scheduled"] })}>
        {(one) => (
          <li key={`${one.dag_id} ${one.run_id} ${one.task_id} ${one.map_index}`}>
            <span className="trouble__what">
              <PlainLink href={taskPlace(one.dag_id, one.run_id, one.task_id, one.map_index)}>
                {one.dag_id} · {one.task_id}
              </PlainLink>{" "}
              <span className="quiet">
                {home.since} <Moment at={one.since} relative /> · {home.inPool(one.pool)}
              </span>
            </span>
          </li>
        )}
      </Trouble>
      <Trouble icon={FileWarning} kind="broken" title={home.broken} some={data.import_errors} all="/dags?errors=true">
        {(error) => (
          <li key={error.filename + error.timestamp}>
            <span className="trouble__error mono">{error.sentence}</span>
          </li>
        )}
      </Trouble>
      <Trouble icon={TimerOff} kind="deadlines" title={home.deadlines} some={data.deadlines} all="/deadlines?missed=true">
        {(one) => (
          <li key={`${one.dag_id} ${one.run_id} ${one.task_id} ${one.deadline_time}`}>
            <span className="trouble__what">
              <PlainLink href={runPlace(one.dag_id, one.run_id)}>
                {one.dag_id}
                {one.task_id && ` · ${one.task_id}`}
              </PlainLink>{" "}
              <span className="quiet">
                {one.name} <Moment at={one.deadline_time} relative />
              </span>
            </span>
          </li>
        )}
      </Trouble>
      <Trouble icon={Hand} kind="questions" title={home.questions} some={data.questions} all="/approvals">
        {(one) => (
          <li key={`${one.dag_id} ${one.run_id} ${one.task_id} ${one.map_index}`}>
            <span className="trouble__what">
              <PlainLink href={taskPlace(one.dag_id, one.run_id, one.task_id, one.map_index)}>{one.subject}</PlainLink>{" "}
              <span className="quiet">
                {one.dag_id} · {home.asked} <Moment at={one.created_at} relative />
              </span>
            </span>
          </li>
        )}
      </Trouble>
    </>
  );
}

type Props<T> = { icon: LucideIcon; kind: string; title: (n: number) => string; some: { total: number; rows: T[] }; all?: string; children: (row: T) => ReactNode };

function Trouble<T>({ icon: Icon, kind, title, some, all, children }: Props<T>) {
  if (some.total === 0) return null;
  return (
    <section className="trouble" data-trouble={kind}>
      <h2>
        <Icon size={16} aria-hidden="true" /> {title(some.total)}
      </h2>
      <ul>{some.rows.map(children)}</ul>
      {some.total > some.rows.length &&
        (all === undefined ? (
          <p className="quiet">{home.more(some.total - some.rows.length)}</p>
        ) : (
          <Link to={all} className="trouble__all">
            {home.all(some.total)}
          </Link>
        ))}
    </section>
  );
}
