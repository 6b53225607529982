import { CircleAlert, Play } from "lucide-react";

import { useMay } from "../../hooks/useMay";
import type { DagHead } from "../../services/types";
import { words } from "../../words";
import { scheduleText } from "../../words/schedule";
import { OneError } from "../dags/ImportErrors";
import { PauseSwitch } from "../dags/PauseSwitch";
import { Moment } from "../Moment";

export function DagHeader({ dag, onTrigger }: { dag: DagHead; onTrigger: () => void }) {
  const t = words.dag;
  const mayNot = useMay()("create", "DAG Runs", dag.dag_id);
  return (
    <>
      <header className="dagheader">
        <PauseSwitch dagId={dag.dag_id} name={dag.display_name} isPaused={dag.is_paused} />
        <div className="grow">
          <div className="row dagheader__title">
            <h1 className="truncate">{dag.display_name}</h1>
            {dag.tags.map((tag) => (
              <span key={tag} className="tag">
                {tag}
              </span>
            ))}
          </div>
          <p className="dagheader__facts soft">
            <span title={dag.schedule ?? undefined}>{scheduleText(dag)}</span>
            <span>
              {t.next} {dag.is_paused ? words.dags.isPaused.toLowerCase() : <Moment at={dag.next_run_after} relative />}
            </span>
            {dag.active_runs > 0 && <span>{words.dags.activeRuns(dag.active_runs)}</span>}
            {dag.version_number !== null && <span>{t.version(dag.version_number)}</span>}
          </p>
        </div>
        <button type="button" className="button button--primary" disabled={mayNot !== undefined} title={mayNot} onClick={onTrigger}>
          <Play size={14} /> {words.dags.trigger}
        </button>
      </header>
      {dag.is_stale && (
        <p className="banner banner--warn dagheader__banner">
          <CircleAlert size={16} /> {t.stale}
        </p>
      )}
      {dag.import_errors.length > 0 && (
        <details className="banner dagheader__banner">
          <summary>
            <strong>{t.brokenTitle}.</strong> {t.brokenText}
          </summary>
          {dag.import_errors.map((error) => (
            <OneError key={error.timestamp + error.filename} error={error} />
          ))}
        </details>
      )}
    </>
  );
}
