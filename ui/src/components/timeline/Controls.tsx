import { ChevronLeft, ChevronRight, ZoomIn, ZoomOut } from "lucide-react";

import { RUN_ROWS, TASK_ROWS, type TimelineRows } from "../../routes/history";
import { runsPlace, tasksPlace } from "../../services/places";
import { history } from "../../words/history";
import { PlainLink } from "../PlainLink";
import { HOUR, LEAST_SPAN, MOST_SPAN, stretch } from "./stretch";

const SPANS = [6, 24, 168] as const;
const SHOWS = ["runs", "tasks"] as const;

type Props = {
  since: number;
  until: number;
  show: "runs" | "tasks";
  by: TimelineRows;
  /** Why runs, or tasks, may not be read. */
  mayNot: Record<"runs" | "tasks", string | undefined>;
  onStretch: (since: number, until: number) => void;
  onShow: (show: "runs" | "tasks") => void;
  onRows: (by: TimelineRows) => void;
};

/** What is shown, of when, and in which rows. */
export function Controls({ since, until, show, by, mayNot, onStretch, onShow, onRows }: Props) {
  const span = until - since;
  const from = new Date(since).toISOString();
  const to = new Date(until).toISOString();
  const wider = Math.min(span, MOST_SPAN - span) / 2;
  return (
    <div className="dags__filter">
      <div className="segments" role="group" aria-label={history.show}>
        {SHOWS.map((one) => (
          <button key={one} type="button" className="segment" aria-pressed={show === one} disabled={mayNot[one] !== undefined} title={mayNot[one]} onClick={() => onShow(one)}>
            {history.modes[one]}
          </button>
        ))}
      </div>
      <div className="segments" role="group" aria-label={history.timeline}>
        {SPANS.map((hours) => (
          <button key={hours} type="button" className="segment" aria-pressed={Math.abs(span - hours * HOUR) < 60_000} onClick={() => onStretch(...stretch(hours, Date.now()))}>
            {history.spans[hours]}
          </button>
        ))}
      </div>
      <div className="row">
        <button type="button" className="button button--icon" aria-label={history.previous} onClick={() => onStretch(since - span / 2, until - span / 2)}>
          <ChevronLeft size={16} />
        </button>
        <button type="button" className="button button--icon" aria-label={history.next} onClick={() => onStretch(since + span / 2, until + span / 2)}>
          <ChevronRight size={16} />
        </button>
        <button type="button" className="button" disabled={span <= LEAST_SPAN} onClick={() => onStretch(since + span / 4, until - span / 4)}>
          <ZoomIn size={14} /> {history.zoomIn}
        </button>
        <button type="button" className="button" disabled={span >= MOST_SPAN} onClick={() => onStretch(since - wider, until + wider)}>
          <ZoomOut size={14} /> {history.zoomOut}
        </button>
      </div>
      <label className="history__choice">
        {history.group}
        <select className="input" value={by} onChange={(event) => onRows(event.target.value as TimelineRows)}>
          {(show === "tasks" ? TASK_ROWS : RUN_ROWS).map((one) => (
            <option key={one} value={one}>
              {history.groups[one]}
            </option>
          ))}
        </select>
      </label>
      <PlainLink href={show === "tasks" ? tasksPlace({ started_after: from, started_before: to }) : runsPlace({ after: from, before: to })} className="button">
        {history.asList}
      </PlainLink>
      {show === "runs" && (
        <PlainLink href={tasksPlace({ after: from, before: to })} className="button">
          {history.asTasks}
        </PlainLink>
      )}
    </div>
  );
}
