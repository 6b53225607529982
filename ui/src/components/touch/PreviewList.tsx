import { ArrowRight, RotateCcw } from "lucide-react";

import type { Change, Preview, Target } from "../../services/touch";
import { words } from "../../words";
import { touchWords } from "../../words/touch";
import { StateBadge } from "../StateIcon";

type Props = { target: Target; preview: Preview | undefined; isPending: boolean; error: Error | null };

/** What an act will change, before it is done: how many from which state to which, then each by name. */
export function PreviewList({ target, preview, isPending, error }: Props) {
  if (error)
    return (
      <p className="banner" role="alert">
        {error.message}
      </p>
    );
  const t = words.touch;
  const total = preview?.total_entries ?? 0;
  const changes = preview?.task_instances ?? [];
  const hasOtherRuns = changes.some((one) => one.dag_run_id !== target.runId);
  const otherDags = [...new Set(changes.flatMap((one) => (one.dag_id === target.dagId ? [] : [one.dag_id])))];
  return (
    <div className="touch">
      <p role="status">{preview === undefined || isPending ? t.looking : <strong>{t.touches(total)}</strong>}</p>
      {preview && preview.kinds.length > 0 && (
        <ul className="touch__kinds" aria-label={touchWords.kinds}>
          {preview.kinds.map((kind) => (
            <li key={`${kind.state} ${kind.after}`} className="row">
              <strong>{kind.count.toLocaleString(words.locale)}</strong>
              {kind.state !== null && (
                <>
                  <StateBadge state={kind.state} />
                  <ArrowRight size={13} role="img" aria-label={touchWords.becomes} />
                </>
              )}
              <After after={kind.after} />
            </li>
          ))}
        </ul>
      )}
      {preview && preview.total_runs > 0 && <p className="soft">{touchWords.queued(preview.total_runs)}</p>}
      {otherDags.length > 0 && <p className="banner banner--quiet">{touchWords.otherDags(otherDags)}</p>}
      {changes.length > 0 && (
        <div className="touch__scroll" aria-busy={isPending} tabIndex={0} role="region" aria-label={t.touches(total)}>
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{t.column.task}</th>
                {hasOtherRuns && <th scope="col">{t.column.run}</th>}
                <th scope="col">{t.column.state}</th>
                <th scope="col">{touchWords.then}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map((one) => (
                <tr key={`${one.dag_id}\0${one.dag_run_id}\0${one.task_id}\0${one.map_index}`}>
                  <td>
                    {one.dag_id !== target.dagId && <span className="quiet">{one.dag_id} · </span>}
                    {one.task_id}
                    {one.map_index >= 0 && <span className="quiet"> [{one.rendered_map_index ?? one.map_index}]</span>}
                  </td>
                  {hasOtherRuns && <td className="quiet">{one.dag_run_id}</td>}
                  <td>{one.state !== null && <StateBadge state={one.state} />}</td>
                  <td>
                    <After after={one.after} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {total > changes.length && <p className="quiet">{t.moreRows(total - changes.length)}</p>}
        </div>
      )}
    </div>
  );
}

/** What it becomes: a state, or in a word what happens to it. */
function After({ after }: { after: Change["after"] }) {
  if (after === "new") return <span className="tag">{touchWords.newTask}</span>;
  if (after !== "none" && after !== "restarting") return <StateBadge state={after} />;
  return (
    <span className="state">
      <RotateCcw size={13} aria-hidden="true" /> {after === "none" ? touchWords.startsOver : touchWords.restarts}
    </span>
  );
}
