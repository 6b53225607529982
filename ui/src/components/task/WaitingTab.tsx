import { Hourglass } from "lucide-react";

import type { InstanceDetail } from "../../services/types";
import { words } from "../../words";
import { Moment } from "../Moment";
import { Notice } from "../Notice";

const FINISHED = new Set(["success", "failed", "skipped", "upstream_failed", "removed"]);

/** Each thing that keeps the task from running now, in a sentence. */
export function WaitingTab({ detail: { instance, waiting } }: { detail: InstanceDetail }) {
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
            <h3>{one.name}</h3>
            <p>{one.reason}</p>
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
