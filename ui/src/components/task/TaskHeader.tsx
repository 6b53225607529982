import { useNavigate } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";

import type { InstanceKey } from "../../services/instances";
import type { InstanceDetail } from "../../services/types";
import { words } from "../../words";
import { taskWords } from "../../words/task";
import { formatDuration } from "../../words/times";
import { ordered } from "../grid/model";
import { Duration, Moment } from "../Moment";
import { StateBadge, stateText } from "../StateIcon";
import { TouchButtons } from "../touch/TouchButtons";

type Props = { at: InstanceKey; detail: InstanceDetail };

export function TaskHeader({ at, detail }: Props) {
  const { instance } = detail;
  const t = words.task;
  const tries = Math.max(instance.max_tries + 1, instance.try_number);
  return (
    <header className="taskheader">
      <div className="grow">
        <h1 className="truncate">
          {instance.task_id}
          {at.mapIndex >= 0 && <span className="taskheader__index"> [{instance.rendered_map_index ?? at.mapIndex}]</span>}
        </h1>
        <p className="dagheader__facts soft" aria-live="polite">
          <span>
            <StateBadge state={instance.state} />
          </span>
          <span>{instance.operator}</span>
          {instance.mapped ? (
            <>
              <span>{ordered(instance.mapped).map(([state, n]) => `${n} ${stateText(state).toLowerCase()}`).join(", ")}</span>
              {instance.start_date && (
                <span aria-live="off">
                  <Duration from={instance.start_date} to={instance.end_date} running={instance.end_date === null} />
                  {instance.spread && ` (${taskWords.each(formatDuration(instance.spread.shortest), formatDuration(instance.spread.longest))})`}
                </span>
              )}
            </>
          ) : (
            <>
              {instance.try_number > 0 && <span>{t.tryOf(instance.try_number, tries)}</span>}
              {instance.start_date && (
                <span aria-live="off">
                  <Duration from={instance.start_date} to={instance.end_date} running={instance.state === "running"} />
                </span>
              )}
              {instance.end_date && (
                <span aria-live="off">
                  <Moment at={instance.end_date} relative />
                </span>
              )}
            </>
          )}
        </p>
      </div>
      {at.mapIndex >= 0 && <Siblings at={at} />}
      <TouchButtons target={at} />
    </header>
  );
}

/** From one mapped instance to its neighbours, and back to all of them. */
function Siblings({ at }: { at: InstanceKey }) {
  const navigate = useNavigate();
  const go = (mapIndex: number | undefined) =>
    void navigate({ to: "/dags/$dagId/runs/$runId/tasks/$taskId", params: at, search: { map_index: mapIndex } });
  return (
    <span className="row">
      <button type="button" className="button button--icon" aria-label={words.task.previous} title={words.task.previous} disabled={at.mapIndex === 0} onClick={() => go(at.mapIndex - 1)}>
        <ChevronLeft size={15} />
      </button>
      <button type="button" className="button" onClick={() => go(undefined)}>
        {words.task.summary}
      </button>
      <button type="button" className="button button--icon" aria-label={words.task.next} title={words.task.next} onClick={() => go(at.mapIndex + 1)}>
        <ChevronRight size={15} />
      </button>
    </span>
  );
}
