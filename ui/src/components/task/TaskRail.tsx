import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import type { InstanceKey } from "../../services/instances";
import { runPlace, taskPlace } from "../../services/places";
import { runQuery, runTasksQuery } from "../../services/runs";
import { words } from "../../words";
import { formatMoment } from "../../words/times";
import { Unread } from "../Notice";
import { PlainLink } from "../PlainLink";
import { StateBadge, StateIcon, stateText } from "../StateIcon";

/** Tasks of a run that are listed; of a longer run those around the current one. */
const LISTED = 300;

/** The other tasks of the run, to go from one to the next. */
export function TaskRail({ at }: { at: InstanceKey }) {
  const { data } = useQuery(runQuery(at.dagId, at.runId));
  const first = useQuery(runTasksQuery(at.dagId, at.runId, { limit: LISTED }));
  const isFar = first.data !== undefined && first.data.tasks.every((task) => task.task_id !== at.taskId);
  const near = useQuery({ ...runTasksQuery(at.dagId, at.runId, { limit: LISTED, around: at.taskId }), enabled: isFar });
  const tasks = (isFar ? near.data : first.data)?.tasks;
  const current = useRef<HTMLLIElement>(null);
  const isThere = tasks !== undefined;
  useEffect(() => {
    if (isThere) current.current?.scrollIntoView({ block: "nearest" });
  }, [at.taskId, isThere]);
  return (
    <nav className="rail" aria-label={words.task.taskList}>
      <PlainLink href={runPlace(at.dagId, at.runId)} className="rail__run">
        {data && <StateBadge state={data.run.state} round />}
        <span className="quiet rail__date">{data ? formatMoment(data.run.logical_date ?? data.run.run_after) : at.runId}</span>
      </PlainLink>
      <Unread of={isFar ? near : first} />
      <ul className="tasklist rail__list">
        {tasks?.map((task) => {
          const isCurrent = task.task_id === at.taskId;
          return (
            <li key={task.task_id} ref={isCurrent ? current : undefined}>
              <PlainLink href={taskPlace(at.dagId, at.runId, task.task_id)} className="tasklist__item" aria-current={isCurrent ? "page" : undefined}>
                <StateIcon state={task.state} />
                <span className="grow truncate" title={task.task_id}>
                  {task.task_id}
                </span>
                <span className="sr-only">{stateText(task.state)}</span>
              </PlainLink>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
