import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type InstanceKey, MAPPED_PER_PAGE, type MappedFilter, mappedQuery } from "../../services/instances";
import { taskPlace } from "../../services/places";
import type { TaskState } from "../../services/types";
import { words } from "../../words";
import { taskWords } from "../../words/task";
import { ordered } from "../grid/model";
import { SearchField } from "../lists/SearchField";
import { Duration, Moment } from "../Moment";
import { Notice, Problem, Skeleton } from "../Notice";
import { Pager } from "../Pager";
import { PlainLink } from "../PlainLink";
import { StateBadge, StateIcon, stateText } from "../StateIcon";
import { TouchMore } from "../touch/TouchButtons";
import { useTouch } from "../touch/useTouch";

type Props = { at: InstanceKey; filter: MappedFilter; onFilter: (filter: MappedFilter) => void };

const ORDERS = ["map_index", "-duration", "duration", "-start_date", "-try_number"] as const;

/** The instances of a mapped task: found by state, index or name, in the order one likes. */
export function MappedTab({ at, filter, onFilter }: Props) {
  const [page, setPage] = useState(1);
  const { data, error, isPending, refetch } = useQuery(mappedQuery(at, page, filter));
  const touch = useTouch(at.dagId);
  if (isPending) return <Skeleton lines={6} />;
  if (error && !data) return <Problem error={error} again={() => void refetch()} />;
  const change = (part: MappedFilter) => {
    setPage(1);
    onFilter({ ...filter, ...part });
  };
  const choose = (next: TaskState | undefined) => change({ state: next });
  const { state } = filter;
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
      <div className="row mapped__find">
        <SearchField label={taskWords.findIndex} value={filter.text ?? ""} onChange={(text) => change({ text: text || undefined })} />
        <select className="input" aria-label={taskWords.order} value={filter.order ?? "map_index"} onChange={(event) => change({ order: event.target.value === "map_index" ? undefined : event.target.value })}>
          {ORDERS.map((one) => (
            <option key={one} value={one}>
              {taskWords.orders[one]}
            </option>
          ))}
        </select>
      </div>
      {data.instances.length === 0 ? (
        <Notice title={words.dag.noInstance} small />
      ) : (
        <div className="list__scroll" role="region" aria-label={t.tabs.mapped} tabIndex={0}>
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{t.details.mapIndex}</th>
                <th scope="col">{t.details.state}</th>
                <th scope="col">{t.details.start}</th>
                <th scope="col">{t.details.duration}</th>
                <th scope="col">{t.details.tries}</th>
                <th scope="col">
                  <span className="sr-only">{taskWords.actions}</span>
                </th>
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
                  <td>
                    <TouchMore touch={touch} target={{ ...at, mapIndex: one.map_index }} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {touch.dialog}
      <Pager page={page} size={MAPPED_PER_PAGE} total={data.total_entries} onPage={setPage} />
    </div>
  );
}
