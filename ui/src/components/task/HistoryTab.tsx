import { useQuery } from "@tanstack/react-query";

import { type InstanceKey, historyQuery } from "../../services/instances";
import { runWords } from "../../words/run";
import { Moment } from "../Moment";
import { Notice, Problem, Skeleton } from "../Notice";

/** Who did what to this task instance. */
export function HistoryTab({ at }: { at: InstanceKey }) {
  const { data, error, isPending, refetch } = useQuery(historyQuery(at));
  if (isPending) return <Skeleton lines={4} />;
  if (error) return <Problem error={error} again={() => void refetch()} small />;
  if (data.length === 0) return <Notice title={runWords.nobody} small />;
  return (
    <ol className="history">
      {data.map((one) => (
        <li key={one.event_log_id}>
          <Moment at={one.when} /> <strong>{one.owner}</strong> <code>{one.event}</code>
          {one.map_index !== null && one.map_index >= 0 && <span className="quiet"> [{one.map_index}]</span>}
          {one.extra && <pre className="code">{one.extra}</pre>}
        </li>
      ))}
    </ol>
  );
}
