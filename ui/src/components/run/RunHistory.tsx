import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { useMay } from "../../hooks/useMay";
import { runHistoryQuery } from "../../services/runs";
import { runWords } from "../../words/run";
import { Moment } from "../Moment";
import { Problem, Skeleton } from "../Notice";

/** What people did to the run and its tasks. Read when it is opened; nothing for whom the audit log is closed. */
export function RunHistory({ dagId, runId }: { dagId: string; runId: string }) {
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  if (may("read", "Audit Logs", dagId) !== undefined) return null;
  return (
    <details className="runhistory" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{runWords.history}</summary>
      {isOpen && <Entries dagId={dagId} runId={runId} />}
    </details>
  );
}

function Entries({ dagId, runId }: { dagId: string; runId: string }) {
  const { data, error, refetch } = useQuery(runHistoryQuery(dagId, runId));
  if (error) return <Problem error={error} again={() => void refetch()} small />;
  if (!data) return <Skeleton lines={3} />;
  if (data.event_logs.length === 0) return <p className="quiet">{runWords.nobody}</p>;
  return (
    <ol className="runevents">
      {data.event_logs.map((one) => (
        <li key={one.event_log_id}>
          <Moment at={one.when} /> <strong>{one.owner}</strong> <code>{one.event}</code>
          {one.task_id && <span className="quiet"> {one.task_id}</span>}
        </li>
      ))}
    </ol>
  );
}
