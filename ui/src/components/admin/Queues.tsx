import { useQuery } from "@tanstack/react-query";

import { useMay } from "../../hooks/useMay";
import { type Queue, queuesQuery } from "../../services/admin";
import { tasksPlace } from "../../services/places";
import { words } from "../../words";
import { admin } from "../../words/admin";
import { Problem, Skeleton } from "../Notice";
import { PlainLink } from "../PlainLink";

const w = admin.pool;
const LIVE = ["running", "restarting", "queued", "scheduled", "deferred"];

/** What runs and waits in each queue now. */
export function Queues() {
  const isRefused = useMay()("read", "Task Instances") !== undefined;
  const { data, error, refetch } = useQuery({ ...queuesQuery, enabled: !isRefused });
  if (isRefused) return null;
  return (
    <section aria-label={w.queues}>
      <h2>{w.queues}</h2>
      <p className="soft">{w.queuesText}</p>
      {error && !data ? (
        <Problem error={error} again={() => void refetch()} small />
      ) : !data ? (
        <Skeleton lines={2} />
      ) : data.queues.length === 0 ? (
        <p className="quiet">{w.noQueues}</p>
      ) : (
        <table className="list">
          <thead>
            <tr>
              {[w.queue, w.running, w.queueWaiting, w.deferredSlots].map((title, i) => (
                <th key={title} scope="col" className={i > 0 ? "number" : undefined}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.queues.map((one) => (
              <Row key={one.name} queue={one} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ queue }: { queue: Queue }) {
  return (
    <tr data-queue={queue.name}>
      <td>
        <PlainLink href={tasksPlace({ queue: queue.name, states: LIVE })}>{queue.name}</PlainLink>
      </td>
      {[queue.running, queue.waiting, queue.deferred].map((n, i) => (
        <td key={i} className="number">
          {n.toLocaleString(words.locale)}
        </td>
      ))}
    </tr>
  );
}
