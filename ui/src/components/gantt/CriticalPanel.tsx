import { X } from "lucide-react";

import type { CriticalStep } from "../../services/graph";
import { words } from "../../words";
import { ganttWords } from "../../words/gantt";
import { formatDuration } from "../../words/times";

/** Waits shorter than this, in seconds, are not worth a line. */
const WORTH_TELLING = 0.05;

/** The tasks that decided how long the run took, and what each of them waited for. */
export function CriticalPanel({ steps, onShow, onClose }: { steps: CriticalStep[]; onShow: (taskId: string) => void; onClose: () => void }) {
  const t = ganttWords;
  const [first, last] = [steps[0], steps.at(-1)];
  const time = first && last ? (Date.parse(last.end) - Date.parse(first.start)) / 1000 + first.waited : 0;
  const waited = steps.reduce((sum, step) => sum + step.waited, 0);
  return (
    <aside className="panel critical" aria-label={t.path}>
      <div className="panel__head">
        <h2 className="grow">{t.path}</h2>
        <button type="button" className="button button--small button--icon button--plain" aria-label={words.common.close} onClick={onClose}>
          <X size={15} />
        </button>
      </div>
      <div className="panel__body">
        <p className="soft">{steps.length ? t.pathText(steps.length, formatDuration(time), formatDuration(waited)) : t.pathNone}</p>
        <ol className="critical__steps">
          {steps.map((step) => (
            <li key={step.task_id}>
              {step.waited >= WORTH_TELLING && (
                <p className="critical__wait">
                  {t.waited(formatDuration(step.waited))}
                  {step.after !== null && ` ${t.after(step.after)}`}
                  {step.in_queue >= WORTH_TELLING && `, ${t.inQueue(formatDuration(step.in_queue))}`}
                </p>
              )}
              <button type="button" className="critical__step" onClick={() => onShow(step.task_id)}>
                <span className="grow truncate" title={step.task_id}>
                  {step.task_id}
                </span>
                <span className="quiet">{formatDuration((Date.parse(step.end) - Date.parse(step.start)) / 1000)}</span>
              </button>
            </li>
          ))}
        </ol>
      </div>
    </aside>
  );
}
