import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { backfillPlace, codePlace, graphPlace } from "../../services/places";
import { runLinksQuery } from "../../services/runs";
import type { RunDetail, RunHead } from "../../services/types";
import { words } from "../../words";
import { runReason, runWords } from "../../words/run";
import { formatDay } from "../../words/times";
import { Duration, Moment } from "../Moment";
import { PlainLink } from "../PlainLink";

/** What is known of the run itself: who started it, for which data, when, with which code. */
export function RunFacts({ dagId, run, versions }: { dagId: string; run: RunHead; versions: RunDetail["versions"] }) {
  const t = words.run;
  const older = versions.filter((one) => one.version_number !== run.version_number).at(-1);
  const isAlive = run.state === "running" || run.state === "queued";
  return (
    <dl className="facts">
      <Fact name={t.title}>
        <code>{run.run_id}</code>
      </Fact>
      <Fact name={t.type}>{words.runType[run.run_type]}</Fact>
      <Fact name={runWords.startedBy}>
        <StartedBy dagId={dagId} run={run} />
      </Fact>
      <Fact name={t.logicalDate}>
        <Moment at={run.logical_date} />
      </Fact>
      {run.data_interval_start && run.data_interval_start !== run.data_interval_end && (
        <Fact name={t.interval}>
          <Moment at={run.data_interval_start} />
          <br />
          <Moment at={run.data_interval_end} />
        </Fact>
      )}
      {run.partition_key !== null && (
        <Fact name={runWords.partition}>
          <code>{run.partition_key}</code>
          {run.partition_date && (
            <>
              {" · "}
              <Moment at={run.partition_date} />
            </>
          )}
        </Fact>
      )}
      <Fact name={runWords.runAfter}>
        <Moment at={run.run_after} />
      </Fact>
      {run.queued_at && (
        <Fact name={runWords.queued}>
          <Moment at={run.queued_at} />
        </Fact>
      )}
      <Fact name={t.start}>
        <Moment at={run.start_date} />
      </Fact>
      <Fact name={t.end}>
        <Moment at={run.end_date} />
      </Fact>
      {run.queued_at && (
        <Fact name={runWords.waited}>
          <Duration from={run.queued_at} to={run.start_date ?? run.end_date} running={run.state === "queued"} />
        </Fact>
      )}
      <Fact name={runWords.ran}>
        <Duration from={run.start_date} to={run.end_date} running={isAlive} />
      </Fact>
      {run.reason && run.reason !== run.state && <Fact name={runWords.reason}>{runReason(run.reason)}</Fact>}
      {run.clear_number > 0 && <Fact name={runWords.cleared}>{runWords.times(run.clear_number)}</Fact>}
      {versions.length > 0 && (
        <Fact name={runWords.versions}>
          <ul className="runversions">
            {versions.map(({ version_number, instances }) => (
              <li key={version_number}>
                <PlainLink href={graphPlace(dagId, run.run_id, version_number)}>{words.dag.version(version_number)}</PlainLink> <span className="quiet">{runWords.ranWith(instances)}</span>
              </li>
            ))}
          </ul>
          {older && <PlainLink href={codePlace(dagId, run.version_number, older.version_number)}>{runWords.whatChanged}</PlainLink>}
        </Fact>
      )}
      <Fact name={t.version}>
        <PlainLink href={codePlace(dagId, run.version_number)}>{words.dag.version(run.version_number)}</PlainLink>
        {run.bundle_version && (
          <>
            {" · "}
            {run.bundle} <code>{run.bundle_version.slice(0, 12)}</code>
          </>
        )}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** How the run came to be, and by whom. */
function StartedBy({ dagId, run }: { dagId: string; run: RunHead }) {
  const { data } = useQuery(runLinksQuery(dagId, run.run_id));
  const how = runWords.by[run.triggered_by] ?? run.triggered_by;
  return (
    <>
      {data?.backfill ? (
        <PlainLink href={backfillPlace(dagId, data.backfill.id)}>{runWords.backfill(formatDay(data.backfill.from_date), formatDay(data.backfill.to_date))}</PlainLink>
      ) : (
        how
      )}
      {(run.triggering_user ?? data?.backfill?.triggering_user) && ` · ${run.triggering_user ?? data?.backfill?.triggering_user}`}
    </>
  );
}
