import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { instanceEventsQuery, type InstanceKey } from "../../services/instances";
import { assetPlace, runPlace, taskPlace } from "../../services/places";
import { type AssetEvent, causingEventsQuery } from "../../services/runs";
import { taskWords } from "../../words/task";
import { Moment } from "../Moment";
import { Problem, Skeleton } from "../Notice";
import { PlainLink } from "../PlainLink";

type Event = AssetEvent & { asset_id?: number; extra?: Record<string, unknown>; source_map_index?: number };

/** Asset events that this instance made, with the runs they started, and those that its own run was started with. */
export function EventsTab({ at }: { at: InstanceKey }) {
  const made = useQuery(instanceEventsQuery(at));
  const causes = useQuery(causingEventsQuery(at.dagId, at.runId));
  const t = taskWords.events;
  return (
    <div className="rendered">
      <Events title={t.made} none={t.noneMade} query={made} />
      <Events title={t.used} none={t.noneUsed} query={causes} hasSource />
    </div>
  );
}

type Props = { title: string; none: string; query: { data: Event[] | undefined; error: Error | null; refetch: () => unknown }; hasSource?: boolean };

function Events({ title, none, query: { data, error, refetch }, hasSource = false }: Props) {
  let body: ReactNode;
  if (error && !data) body = <Problem error={error} again={() => void refetch()} small />;
  else if (!data) body = <Skeleton lines={2} />;
  else if (data.length === 0) body = <p className="quiet">{none}</p>;
  else
    body = (
      <ul className="runevents">
        {data.map((one) => (
          <li key={one.id}>
            {one.asset_id === undefined ? <strong>{one.name ?? one.uri}</strong> : <PlainLink href={assetPlace(one.asset_id)}>{one.name ?? one.uri}</PlainLink>}{" "}
            <span className="quiet">
              <Moment at={one.timestamp} />
            </span>
            {hasSource && one.source_dag_id && one.source_run_id && (
              <>
                {` · ${taskWords.events.by} `}
                <PlainLink href={one.source_task_id ? taskPlace(one.source_dag_id, one.source_run_id, one.source_task_id, one.source_map_index) : runPlace(one.source_dag_id, one.source_run_id)}>
                  {one.source_dag_id}
                  {one.source_task_id && ` · ${one.source_task_id}`}
                </PlainLink>
              </>
            )}
            {!hasSource &&
              one.created_dagruns.map((run) => (
                <span key={`${run.dag_id} ${run.run_id}`}>
                  {` · ${taskWords.events.started} `}
                  <PlainLink href={runPlace(run.dag_id, run.run_id)}>
                    {run.dag_id} · {run.run_id}
                  </PlainLink>
                </span>
              ))}
            {one.extra && Object.keys(one.extra).length > 0 && <pre className="code">{JSON.stringify(one.extra, null, 2)}</pre>}
          </li>
        ))}
      </ul>
    );
  return (
    <section>
      <h3>{title}</h3>
      {body}
    </section>
  );
}
