import { useQuery } from "@tanstack/react-query";

import { useMay } from "../../hooks/useMay";
import { type InstanceKey, historyQuery } from "../../services/instances";
import { auditPlace } from "../../services/places";
import { runWords } from "../../words/run";
import { taskWords } from "../../words/task";
import { Moment } from "../Moment";
import { Notice, Problem, Skeleton } from "../Notice";
import { PlainLink } from "../PlainLink";

/** Who did what to this task instance. */
export function HistoryTab({ at }: { at: InstanceKey }) {
  const { data, error, isPending, refetch } = useQuery(historyQuery(at));
  const mayNot = useMay()("read", "Audit Logs");
  if (isPending) return <Skeleton lines={4} />;
  if (error) return <Problem error={error} again={() => void refetch()} small />;
  if (data.length === 0) return <Notice title={runWords.nobody} small />;
  return (
    <div className="rendered">
      <ol className="taskhistory">
        {data.map((one) => (
          <li key={one.event_log_id}>
            <Moment at={one.when} /> <strong>{one.owner}</strong> <code>{one.event}</code>
            {one.map_index !== null && one.map_index >= 0 && <span className="quiet"> [{one.map_index}]</span>}
            {one.extra && <pre className="code">{one.extra}</pre>}
          </li>
        ))}
      </ol>
      {mayNot === undefined && (
        <div>
          <PlainLink className="button button--small" href={auditPlace(at.dagId, at.taskId)}>
            {taskWords.wholeAudit}
          </PlainLink>
        </div>
      )}
    </div>
  );
}
