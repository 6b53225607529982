import "../styles/dagpage.css";
import "../styles/grid.css";
import "../styles/panel.css";
import "../styles/task.css";
import "../styles/log.css";

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";

import { TaskQuestion } from "../components/approvals/TaskQuestion";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { TaskHeader } from "../components/task/TaskHeader";
import { TaskRail } from "../components/task/TaskRail";
import { TaskTabs } from "../components/task/TaskTabs";
import { useHotkeys } from "../hooks/useHotkeys";
import { useTitle } from "../hooks/useTitle";
import { HttpError } from "../services/http";
import { instanceQuery } from "../services/instances";
import { words } from "../words";

/** One task instance: its log first, everything else about it one tab away. */
export function TaskPage() {
  const { dagId, runId, taskId } = useParams({ from: "/layout/dags/$dagId/runs/$runId/tasks/$taskId" });
  const search = useSearch({ from: "/layout/dags/$dagId/runs/$runId/tasks/$taskId" });
  const navigate = useNavigate();
  const at = { dagId, runId, taskId, mapIndex: search.map_index ?? -1 };
  useTitle(`${taskId} · ${dagId}`);
  const { data, error, refetch } = useQuery(instanceQuery(at));
  useHotkeys(
    {
      Escape: () => void navigate({ to: "/dags/$dagId/runs/$runId", params: { dagId, runId } }),
    },
    data !== undefined,
  );
  return (
    <div className="taskpage">
      <TaskRail at={at} />
      <div className="taskpage__main">
        {error instanceof HttpError && error.status === 404 ? (
          <Notice title={words.task.notFoundTitle} text={words.task.notFoundText}>
            <Link to="/dags/$dagId" params={{ dagId }} className="button">
              {words.task.back}
            </Link>
          </Notice>
        ) : error && !data ? (
          <Problem error={error} again={() => void refetch()} />
        ) : !data ? (
          <div className="taskpage__wait">
            <Skeleton lines={8} />
          </div>
        ) : (
          <>
            <TaskHeader at={at} detail={data} />
            <TaskQuestion dagId={dagId} runId={runId} taskId={taskId} mapIndex={at.mapIndex} />
            <TaskTabs key={`${runId}\0${taskId}\0${at.mapIndex}`} at={at} detail={data} />
          </>
        )}
      </div>
    </div>
  );
}
