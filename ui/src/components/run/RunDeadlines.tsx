import { useQuery } from "@tanstack/react-query";
import { AlarmClock, TimerOff } from "lucide-react";

import { taskPlace } from "../../services/places";
import { runDeadlinesQuery } from "../../services/runs";
import { runWords } from "../../words/run";
import { Moment } from "../Moment";
import { Unread } from "../Notice";
import { PlainLink } from "../PlainLink";

/** Deadlines of the run and SLAs of its tasks, each with whether it was missed. Nothing where there are none. */
export function RunDeadlines({ dagId, runId }: { dagId: string; runId: string }) {
  const read = useQuery(runDeadlinesQuery(dagId, runId));
  const { data } = read;
  if (!data?.length) return <Unread of={read} />;
  return (
    <section aria-label={runWords.deadlines}>
      <h3>{runWords.deadlines}</h3>
      <ul className="runevents">
        {data.map((one) => (
          <li key={one.id} className="rundeadline" data-missed={one.missed || undefined}>
            {one.missed ? <TimerOff size={14} aria-hidden="true" /> : <AlarmClock size={14} aria-hidden="true" />} <strong>{one.missed ? runWords.missed : runWords.ahead}</strong>{" "}
            <Moment at={one.deadline_time} /> <span className="quiet">{one.alert_name ?? (one.kind === "sla" ? "SLA" : "")}</span>
            {one.task_id && (
              <>
                {" · "}
                <PlainLink href={taskPlace(dagId, runId, one.task_id)}>{one.task_id}</PlainLink>
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
