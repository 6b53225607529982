import "../../styles/touch.css";

import type { TouchedInstance } from "../../services/types";
import { words } from "../../words";
import { touchWords } from "../../words/touch";
import { StateBadge } from "../StateIcon";

/** Rows shown at most; the count above tells the rest. */
const SHOWN = 200;

/** `dagId`: whose act it is; what is of another DAG is said then. */
type Props = { dagId?: string; runId: string; touched: TouchedInstance[]; total: number; isPending: boolean; error: Error | null };

/** What an action will touch, before it is done. */
export function TouchList({ dagId, runId, touched, total, isPending, error }: Props) {
  const t = words.touch;
  if (error)
    return (
      <p className="banner" role="alert">
        {error.message}
      </p>
    );
  const hasOtherRuns = touched.some((one) => one.dag_run_id !== undefined && one.dag_run_id !== runId);
  // Markers of external tasks lead into other DAGs.
  const otherDags = [...new Set(touched.flatMap((one) => (dagId && one.dag_id && one.dag_id !== dagId ? [one.dag_id] : [])))];
  return (
    <div className="touch">
      <p role="status">{isPending ? t.looking : <strong>{t.touches(total)}</strong>}</p>
      {otherDags.length > 0 && <p className="banner banner--quiet">{touchWords.otherDags(otherDags)}</p>}
      {touched.length > 0 && (
        <div className="touch__scroll" aria-busy={isPending} tabIndex={0} role="region" aria-label={t.touches(total)}>
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{t.column.task}</th>
                {hasOtherRuns && <th scope="col">{t.column.run}</th>}
                <th scope="col">{t.column.state}</th>
              </tr>
            </thead>
            <tbody>
              {touched.slice(0, SHOWN).map((one) => (
                <tr key={`${one.dag_id ?? ""}\0${one.dag_run_id ?? ""}\0${one.task_id}\0${one.map_index ?? -1}`}>
                  <td>
                    {dagId && one.dag_id && one.dag_id !== dagId && <span className="quiet">{one.dag_id} · </span>}
                    {one.task_id}
                    {one.map_index !== undefined && one.map_index >= 0 && <span className="quiet"> [{one.rendered_map_index ?? one.map_index}]</span>}
                  </td>
                  {hasOtherRuns && <td className="quiet">{one.dag_run_id}</td>}
                  <td>{one.map_index === undefined ? <span className="tag">{touchWords.newTask}</span> : <StateBadge state={one.state ?? "none"} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {total > SHOWN && <p className="quiet">{t.moreRows(total - SHOWN)}</p>}
        </div>
      )}
    </div>
  );
}
