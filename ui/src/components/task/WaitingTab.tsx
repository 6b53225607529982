import { Hourglass } from "lucide-react";

import type { InstanceKey } from "../../services/instances";
import { taskPlace } from "../../services/places";
import type { InstanceDetail } from "../../services/types";
import { words } from "../../words";
import { taskWords } from "../../words/task";
import { waitText } from "../../words/waits";
import { Moment } from "../Moment";
import { Notice } from "../Notice";
import { PlainLink } from "../PlainLink";
import { StateIcon, stateText } from "../StateIcon";

const FINISHED = new Set(["success", "failed", "skipped", "upstream_failed", "removed"]);

/** Each thing that keeps the task from running now, in a sentence. */
export function WaitingTab({ at, detail: { instance, waiting } }: { at: InstanceKey; detail: InstanceDetail }) {
  if (waiting.length === 0) {
    const text = FINISHED.has(instance.state) ? words.task.finished : instance.state === "running" ? words.task.runningNow : undefined;
    return <Notice title={words.task.nothingHolds} text={text} small />;
  }
  return (
    <ul className="waiting">
      {waiting.map((one) => (
        <li key={one.name + one.reason} className="waiting__one">
          <Hourglass size={16} aria-hidden="true" />
          <div>
            <h3>
              {taskWords.causes[one.name] ?? one.name} <code className="quiet">{one.name}</code>
            </h3>
            <p>{waitText(one)}</p>
            {one.about.length > 0 && (
              <ul className="waiting__about">
                {one.about.map((other) => (
                  <li key={`${other.task_id}[${other.map_index}]`} className="row">
                    <StateIcon state={other.state} />
                    <PlainLink href={taskPlace(at.dagId, at.runId, other.task_id, other.map_index)}>
                      {other.task_id}
                      {other.map_index >= 0 && ` [${other.map_index}]`}
                    </PlainLink>
                    <span className="quiet">{stateText(other.state)}</span>
                  </li>
                ))}
              </ul>
            )}
          </div>
        </li>
      ))}
      {instance.due_at && (
        <li className="soft">
          {words.task.details.due} <Moment at={instance.due_at} relative />
        </li>
      )}
    </ul>
  );
}
