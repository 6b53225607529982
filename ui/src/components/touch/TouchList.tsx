import "../../styles/touch.css";

import { ArrowRight, RotateCcw } from "lucide-react";

import type { Change, Preview } from "../../services/touch";
import type { TouchedInstance } from "../../services/types";
import { words } from "../../words";
import { touchWords } from "../../words/touch";
import { StateBadge } from "../StateIcon";

/** Rows shown at most; the count above tells the rest. */
const SHOWN = 200;

/** An instance that an act touches, and what becomes of it where the server says so. */
type Touched = TouchedInstance & { after?: Change["after"] };
type Props = {
  /** Whose act it is; what is of another DAG is said then. */
  dagId?: string;
  runId: string;
  touched: readonly Touched[];
  total: number;
  /** How many go from which state to which. */
  kinds?: Preview["kinds"];
  /** Runs that had ended and are queued again. */
  queuedRuns?: number;
  isPending: boolean;
  error: Error | null;
};

/** What an act will touch, before it is done: how many of each kind, then each by name. */
export function TouchList({ dagId, runId, touched, total, kinds = [], queuedRuns = 0, isPending, error }: Props) {
  const t = words.touch;
  if (error)
    return (
      <p className="banner" role="alert">
        {error.message}
      </p>
    );
  const shown = touched.slice(0, SHOWN);
  const hasOtherRuns = touched.some((one) => one.dag_run_id !== undefined && one.dag_run_id !== runId);
  const hasAfter = touched.some((one) => one.after !== undefined);
  // Markers of external tasks lead into other DAGs.
  const isElsewhere = (one: Touched) => dagId !== undefined && one.dag_id !== undefined && one.dag_id !== dagId;
  const otherDags = [...new Set(touched.filter(isElsewhere).map((one) => one.dag_id ?? ""))];
  return (
    <div className="touch">
      <p role="status">{isPending ? t.looking : <strong>{t.touches(total)}</strong>}</p>
      {kinds.length > 0 && <Kinds kinds={kinds} />}
      {queuedRuns > 0 && <p className="soft">{touchWords.queued(queuedRuns)}</p>}
      {otherDags.length > 0 && <p className="banner banner--quiet">{touchWords.otherDags(otherDags)}</p>}
      {shown.length > 0 && (
        <div className="touch__scroll" aria-busy={isPending} tabIndex={0} role="region" aria-label={t.touches(total)}>
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{t.column.task}</th>
                {hasOtherRuns && <th scope="col">{t.column.run}</th>}
                <th scope="col">{t.column.state}</th>
                {hasAfter && <th scope="col">{touchWords.then}</th>}
              </tr>
            </thead>
            <tbody>
              {shown.map((one) => (
                <tr key={`${one.dag_id ?? ""}\0${one.dag_run_id ?? ""}\0${one.task_id}\0${one.map_index ?? -1}`}>
                  <td>
                    {isElsewhere(one) && <span className="quiet">{one.dag_id} · </span>}
                    {one.task_id}
                    {one.map_index !== undefined && one.map_index >= 0 && <span className="quiet"> [{one.rendered_map_index ?? one.map_index}]</span>}
                  </td>
                  {hasOtherRuns && <td className="quiet">{one.dag_run_id}</td>}
                  <td>
                    <Now one={one} />
                  </td>
                  {hasAfter && <td>{one.after !== undefined && <After after={one.after} />}</td>}
                </tr>
              ))}
            </tbody>
          </table>
          {total > shown.length && <p className="quiet">{t.moreRows(total - shown.length)}</p>}
        </div>
      )}
    </div>
  );
}

function Kinds({ kinds }: { kinds: Preview["kinds"] }) {
  return (
    <ul className="touch__kinds" aria-label={touchWords.kinds}>
      {kinds.map((kind) => (
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
  );
}

/** The state before the act. An instance that is not there yet has none, and no index when it is not said what becomes of it. */
function Now({ one }: { one: Touched }) {
  if (one.after === "new") return null;
  return one.map_index === undefined ? <span className="tag">{touchWords.newTask}</span> : <StateBadge state={one.state ?? "none"} />;
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
