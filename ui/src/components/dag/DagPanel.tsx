import type { DagHead } from "../../services/types";
import { words } from "../../words";
import { scheduleText } from "../../words/schedule";
import { NextRun } from "../assets/NextRun";
import { WatcherLinks } from "../log/OtherLogs";
import { Markdown } from "../Markdown";
import { Moment } from "../Moment";

/** What the DAG is: beside the grid while no run is chosen. */
export function DagPanel({ dag }: { dag: DagHead }) {
  const t = words.dag;
  return (
    <aside className="panel panel--dag" aria-label={t.doc}>
      <div className="panel__body">
        {dag.doc_md ? <Markdown text={dag.doc_md} /> : dag.description && <p>{dag.description}</p>}
        {dag.schedule !== null && dag.next_run_after === null && <NextRun dagId={dag.dag_id} />}
        {dag.schedule !== null && <WatcherLinks dagIds={[dag.dag_id]} />}
        <dl className="facts">
          <dt>{t.schedule}</dt>
          <dd>
            {scheduleText(dag)}
            {dag.schedule !== null && <span className="panel__sub mono quiet">{dag.schedule}</span>}
          </dd>
          <dt>{t.next}</dt>
          <dd>
            <Moment at={dag.next_run_after} />
          </dd>
          <dt>{t.timezone}</dt>
          <dd>{dag.timezone}</dd>
          <dt>{t.catchup}</dt>
          <dd>{dag.catchup ? words.common.yes : words.common.no}</dd>
          <dt>{t.limitsLabel}</dt>
          <dd>{t.limits(dag.max_active_runs, dag.max_active_tasks)}</dd>
          <dt>{t.owners}</dt>
          <dd>{dag.owners.join(", ")}</dd>
          <dt>{t.file}</dt>
          <dd>
            <code>{dag.relative_fileloc}</code>
            <span className="panel__sub quiet">{words.dags.dialect(dag.dialect)}</span>
          </dd>
          <dt>{t.parsed}</dt>
          <dd>
            <Moment at={dag.last_parsed} relative />
          </dd>
        </dl>
        <p className="quiet">{t.selectHint}</p>
      </div>
    </aside>
  );
}
