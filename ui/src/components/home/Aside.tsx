import { useQuery } from "@tanstack/react-query";

import { useMay } from "../../hooks/useMay";
import { dagsQuery } from "../../services/dags";
import { assetEventsQuery, type Home } from "../../services/home";
import { dagPlace, runPlace, tasksPlace } from "../../services/places";
import type { TaskState } from "../../services/types";
import { words } from "../../words";
import { home } from "../../words/home";
import { RunBars } from "../dags/RunBars";
import { Moment } from "../Moment";
import { Unread } from "../Notice";
import { PlainLink } from "../PlainLink";
import { StateIcon, stateText } from "../StateIcon";

export function LiveTasks({ counts }: { counts: Home["live_tasks"] }) {
  const states = Object.entries(counts) as [TaskState, number][];
  return (
    <section>
      <h2>{home.tasks}</h2>
      {states.length === 0 && <p className="quiet">{home.noTasks}</p>}
      <ul className="chartkey">
        {states.map(([state, count]) => (
          <li key={state}>
            <PlainLink href={tasksPlace({ states: [state] })} className="state">
              <StateIcon state={state} /> {count.toLocaleString(words.locale)} {stateText(state)}
            </PlainLink>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Pools({ pools }: { pools: Home["pools"] }) {
  return (
    <section>
      <h2>{home.pools}</h2>
      <ul className="pools">
        {pools.map((pool) => {
          const used = pool.slots < 0 ? pool.running + pool.queued : pool.slots - (pool.open ?? 0);
          const share = (n: number) => `${pool.slots > 0 ? Math.min(100, (n / pool.slots) * 100) : 0}%`;
          return (
            <li key={pool.name} className="pools__row">
              <PlainLink href={tasksPlace({ pool: pool.name, states: ["running", "queued", "scheduled"] })} className="truncate">
                {pool.name}
              </PlainLink>
              <span className="pools__meter" role="meter" aria-label={home.poolUse(pool.name, used, pool.slots)} aria-valuenow={used} aria-valuemin={0} aria-valuemax={pool.slots < 0 ? used : pool.slots}>
                <span data-state="running" style={{ width: share(pool.running) }} />
                <span data-state="queued" style={{ width: share(used - pool.running) }} />
              </span>
              <span className="number soft">{home.slots(used, pool.slots)}</span>
              <span className="quiet">{pool.scheduled > 0 && home.waiting(pool.scheduled)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

export function Favourites() {
  const read = useQuery(dagsQuery({ favorite: true }));
  const { data } = read;
  return (
    <section>
      <h2>{home.favourites}</h2>
      <Unread of={read} />
      {data?.dags.length === 0 && <p className="quiet">{home.noFavourites}</p>}
      <ul className="favourites">
        {data?.dags.slice(0, 10).map((dag) => (
          <li key={dag.dag_id} className="favourites__row">
            <PlainLink href={dagPlace(dag.dag_id)} className="truncate">
              {dag.display_name}
            </PlainLink>
            <RunBars dagId={dag.dag_id} runs={dag.runs} />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function AssetEvents() {
  const isRefused = useMay()("read", "Assets") !== undefined;
  const read = useQuery({ ...assetEventsQuery, enabled: !isRefused });
  const { data } = read;
  if (isRefused) return null;
  return (
    <section>
      <h2>{home.events}</h2>
      <Unread of={read} />
      {data?.asset_events.length === 0 && <p className="quiet">{home.noEvents}</p>}
      <ul className="plainlist">
        {data?.asset_events.map((event) => (
          <li key={event.id} className="plainlist__row">
            <span className="truncate" title={event.uri}>
              {event.name || event.uri}
              {event.source_dag_id !== null && event.source_run_id !== null && (
                <>
                  {" "}
                  <PlainLink href={runPlace(event.source_dag_id, event.source_run_id)} className="quiet">
                    {event.source_dag_id}
                    {event.source_task_id && ` · ${event.source_task_id}`}
                  </PlainLink>
                </>
              )}
            </span>
            <span className="quiet">
              <Moment at={event.timestamp} relative />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
