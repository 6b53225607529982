import { useQuery } from "@tanstack/react-query";

import { tasksPlace, taskPlace } from "../../services/places";
import { runTasksQuery } from "../../services/runs";
import type { RunDetail } from "../../services/types";
import { words } from "../../words";
import { runWords } from "../../words/run";
import { taskWords } from "../../words/task";
import { formatDuration } from "../../words/times";
import { ordered } from "../grid/model";
import { Duration } from "../Moment";
import { Unread } from "../Notice";
import { PlainLink } from "../PlainLink";
import { StateIcon, stateText } from "../StateIcon";
import { TouchMore } from "../touch/TouchButtons";
import { useTouch } from "../touch/useTouch";

/** Tasks that are listed beside the grid; the rest is in the list of task instances. */
const LISTED = 100;

type At = { dagId: string; runId: string };

/** A bar of states, and what its parts are; each leads to the task instances in that state. */
export function RunCounts({ dagId, runId, counts }: At & Pick<RunDetail, "counts">) {
  const parts = ordered(counts);
  return (
    <section aria-label={words.run.counts}>
      <span className="countbar" aria-hidden="true">
        {parts.map(([state, n]) => (
          <span key={state} data-state={state} style={{ flexGrow: n }} />
        ))}
      </span>
      <ul className="counts">
        {parts.map(([state, n]) => (
          <li key={state}>
            <PlainLink className="state counts__link" href={tasksPlace({ dag: dagId, dag_run: runId, states: [state] })} aria-label={runWords.showTasks(n, stateText(state))}>
              <StateIcon state={state} /> <strong>{n.toLocaleString(words.locale)}</strong> {stateText(state)}
            </PlainLink>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The first tasks of the run, those that failed or run before the others. */
export function RunTasks({ dagId, runId }: At) {
  const read = useQuery(runTasksQuery(dagId, runId, { limit: LISTED, urgent: true }));
  const { data } = read;
  const touch = useTouch(dagId);
  return (
    <section aria-label={words.run.tasks}>
      <h3>{words.run.tasks}</h3>
      <Unread of={read} />
      <ul className="tasklist">
        {data?.tasks.map((task) => (
          <li key={task.task_id} className="row">
            <PlainLink href={taskPlace(dagId, runId, task.task_id)} className="tasklist__item grow">
              <StateIcon state={task.state} />
              <span className="grow truncate">{task.task_id}</span>
              <span className="sr-only">{stateText(task.state)}</span>
              <span className="quiet">
                <Duration from={task.start_date} to={task.end_date} running={task.mapped ? task.end_date === null : task.state === "running"} />
                {task.spread && ` (${taskWords.each(formatDuration(task.spread.shortest), formatDuration(task.spread.longest))})`}
              </span>
            </PlainLink>
            <TouchMore touch={touch} target={{ dagId, runId, taskId: task.task_id, mapIndex: -1 }} />
          </li>
        ))}
      </ul>
      {touch.dialog}
      {data && data.total_entries > data.tasks.length && <PlainLink href={tasksPlace({ dag: dagId, dag_run: runId })}>{runWords.allTasks(data.total_entries)}</PlainLink>}
    </section>
  );
}
