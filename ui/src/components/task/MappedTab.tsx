import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type InstanceKey, MAPPED_PER_PAGE, mappedQuery } from "../../services/instances";
import { taskPlace } from "../../services/places";
import type { TaskState } from "../../services/types";
import { words } from "../../words";
import { ordered } from "../grid/model";
import { Duration, Moment } from "../Moment";
import { Notice, Problem, Skeleton } from "../Notice";
import { Pager } from "../Pager";
import { PlainLink } from "../PlainLink";
import { StateBadge, StateIcon, stateText } from "../StateIcon";

type Props = { at: InstanceKey; state: TaskState | undefined; onState: (state: TaskState | undefined) => void };

/** The instances of a mapped task, by state when there are many. */
export function MappedTab({ at, state, onState }: Props) {
  const [page, setPage] = useState(1);
  const { data, error, isPending, refetch } = useQuery(mappedQuery(at, page, state));
  if (isPending) return <Skeleton lines={6} />;
  if (error && !data) return <Problem error={error} again={() => void refetch()} />;
  const choose = (next: TaskState | undefined) => {
    setPage(1);
    onState(next);
  };
  const t = words.task;
  return (
    <div className="mapped">
      <div className="segments mapped__states" role="group" aria-label={words.dag.state}>
        <button type="button" className="segment" aria-pressed={state === undefined} onClick={() => choose(undefined)}>
          {t.mappedAll}
        </button>
        {ordered(data.counts).map(([one, n]) => (
          <button key={one} type="button" className="segment" aria-pressed={state === one} onClick={() => choose(one)}>
            <StateIcon state={one} /> {stateText(one)} <span className="segment__count">{n.toLocaleString(words.locale)}</span>
          </button>
        ))}
      </div>
      {data.instances.length === 0 ? (
        <Notice title={words.dag.noInstance} small />
      ) : (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">{t.details.mapIndex}</th>
              <th scope="col">{t.details.state}</th>
              <th scope="col">{t.details.start}</th>
              <th scope="col">{t.details.duration}</th>
              <th scope="col">{t.details.tries}</th>
            </tr>
          </thead>
          <tbody>
            {data.instances.map((one) => (
              <tr key={one.map_index}>
                <td>
                  <PlainLink href={taskPlace(at.dagId, at.runId, at.taskId, one.map_index)}>
                    {one.map_index}
                    {one.rendered_map_index && ` · ${one.rendered_map_index}`}
                  </PlainLink>
                </td>
                <td>
                  <StateBadge state={one.state} />
                </td>
                <td>
                  <Moment at={one.start_date} />
                </td>
                <td>
                  <Duration from={one.start_date} to={one.end_date} running={one.state === "running"} />
                </td>
                <td>{one.try_number}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Pager page={page} size={MAPPED_PER_PAGE} total={data.total_entries} onPage={setPage} />
    </div>
  );
}
