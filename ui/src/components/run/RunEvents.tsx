import { useQuery } from "@tanstack/react-query";

import { type AssetEvent, causingEventsQuery, madeEventsQuery } from "../../services/runs";
import { runPlace } from "../../services/places";
import { runWords } from "../../words/run";
import { Moment } from "../Moment";
import { Unread } from "../Notice";
import { PlainLink } from "../PlainLink";

/** Asset events that led to the run, and those that its tasks made. Nothing where there are none. */
export function RunEvents({ dagId, runId }: { dagId: string; runId: string }) {
  const causes = useQuery(causingEventsQuery(dagId, runId));
  const made = useQuery(madeEventsQuery(dagId, runId));
  return (
    <>
      <Unread of={causes.error ? causes : made} />
      <Events title={runWords.events} events={causes.data ?? []} />
      <Events title={runWords.made} events={made.data ?? []} />
    </>
  );
}

function Events({ title, events }: { title: string; events: AssetEvent[] }) {
  if (events.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul className="runevents">
        {events.map((one) => (
          <li key={one.id}>
            <strong>{one.name ?? one.uri}</strong>{" "}
            <span className="quiet">
              <Moment at={one.timestamp} relative />
            </span>
            {one.source_dag_id && one.source_run_id && (
              <>
                {" · "}
                <PlainLink href={runPlace(one.source_dag_id, one.source_run_id)}>
                  {one.source_dag_id}
                  {one.source_task_id && ` · ${one.source_task_id}`}
                </PlainLink>
              </>
            )}
            {one.created_dagruns.map((run) => (
              <span key={`${run.dag_id} ${run.run_id}`}>
                {" → "}
                <PlainLink href={runPlace(run.dag_id, run.run_id)}>{run.dag_id}</PlainLink>
              </span>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
