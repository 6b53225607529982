import { X } from "lucide-react";

import type { Critical } from "../../services/graph";
import { words } from "../../words";
import { ganttWords } from "../../words/gantt";
import { formatDuration } from "../../words/times";
import { ExpectedEnd } from "../graph/ExpectedEnd";

/** Waits shorter than this, in seconds, are not worth a line. */
const WORTH_TELLING = 0.05;

/** The tasks that decided how long the run took, and what each of them waited for. */
export function CriticalPanel({ critical, readAt, onShow, onClose }: { critical: Critical; readAt: number; onShow: (taskId: string) => void; onClose: () => void }) {
  const t = ganttWords;
  const { steps, expected } = critical;
  // What has begun is among the steps.
  const coming = expected?.tasks.filter((task) => !steps.some((step) => step.task_id === task.task_id)) ?? [];
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
        <p className="soft">{steps.length ? (expected ? t.pathSoFar : t.pathText)(steps.length, formatDuration(time), waited < WORTH_TELLING ? null : formatDuration(waited)) : t.pathNone}</p>
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
        {expected && (
          <>
            <p className="soft">
              <ExpectedEnd critical={critical} readAt={readAt} />
            </p>
            {coming.length > 0 && (
              <section>
                <h3>{t.coming}</h3>
                <ol className="critical__steps critical__steps--coming">
                  {coming.map((task) => (
                    <li key={task.task_id}>
                      <button type="button" className="critical__step" onClick={() => onShow(task.task_id)}>
                        <span className="grow truncate" title={task.task_id}>
                          {task.task_id}
                        </span>
                        <span className="quiet">{task.is_known ? t.about(formatDuration((Date.parse(task.end) - Date.parse(task.start)) / 1000)) : "?"}</span>
                      </button>
                    </li>
                  ))}
                </ol>
              </section>
            )}
          </>
        )}
      </div>
    </aside>
  );
}
