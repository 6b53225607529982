import type { InstanceDetail, Try } from "../../services/types";
import { words } from "../../words";
import { deathKind, deathText } from "../../words/deaths";
import { taskWords } from "../../words/task";
import { formatDuration } from "../../words/times";
import { Duration, Moment } from "../Moment";
import { Notice } from "../Notice";
import { StateBadge } from "../StateIcon";

/** Every try: when, how long, where, and what it died of. */
export function TriesTab({ detail: { tries }, onLog }: { detail: InstanceDetail; onLog: (tryNumber: number) => void }) {
  if (tries.length === 0) return <Notice title={words.task.noTries} small />;
  const t = words.task;
  return (
    <ol className="tries">
      {tries.map((one) => (
        <li key={one.try_number} className="tries__one">
          <div className="row">
            <strong>{t.try(one.try_number)}</strong>
            <StateBadge state={one.state} />
            <span className="grow" />
            <button type="button" className="button button--small" onClick={() => onLog(one.try_number)}>
              {t.tabs.log}
            </button>
          </div>
          {one.cause && <Cause cause={one.cause} />}
          <p className="soft tries__facts">
            <Moment at={one.start_date} />
            <Duration from={one.start_date} to={one.end_date} running={one.state === "running"} />
            {one.queued_at && one.start_date && <span>{taskWords.waited(formatDuration((Date.parse(one.start_date) - Date.parse(one.queued_at)) / 1000))}</span>}
            {one.hostname && (
              <span>
                {one.hostname}
                {one.pid != null && ` · ${t.details.pid.toLowerCase()} ${one.pid}`}
              </span>
            )}
            {one.version_number != null && <span>{words.dag.version(one.version_number)}</span>}
          </p>
        </li>
      ))}
    </ol>
  );
}

function Cause({ cause }: { cause: NonNullable<Try["cause"]> }) {
  const numbers = [
    cause.exit_code != null ? words.task.exitCode(cause.exit_code) : "",
    cause.signal != null ? words.task.signal(cause.signal) : "",
  ].filter(Boolean);
  return (
    <p className="tries__cause">
      <span className="tag">{deathKind(cause)}</span> {deathText(cause)}
      {numbers.length > 0 && <span className="quiet"> ({numbers.join(", ")})</span>}
    </p>
  );
}
