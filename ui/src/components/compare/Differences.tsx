import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { type Compared, MOST_XCOMS, type Side, xcomsQuery } from "../../services/compare";
import { runPlace, taskPlace } from "../../services/places";
import type { RunHead } from "../../services/types";
import { words } from "../../words";
import { runWords } from "../../words/run";
import { formatDuration } from "../../words/times";
import { Moment } from "../Moment";
import { Problem, Skeleton } from "../Notice";
import { PlainLink } from "../PlainLink";
import { StateBadge } from "../StateIcon";

type Two = { dagId: string; a: RunHead; b: RunHead };

/** The runs themselves; rows that differ are marked. */
export function Facts({ dagId, a, b }: Two) {
  const t = runWords;
  const conf = (run: RunHead) => (Object.keys(run.conf).length ? JSON.stringify(run.conf, null, 2) : "");
  const rows: [string, (run: RunHead) => ReactNode, (run: RunHead) => unknown][] = [
    [t.state, (run) => <StateBadge state={run.state} round />, (run) => run.state],
    [t.duration, (run) => (run.duration === null ? words.common.dash : formatDuration(run.duration)), () => null],
    [t.type, (run) => `${words.runType[run.run_type]}${run.triggering_user ? ` · ${run.triggering_user}` : ""}`, (run) => run.run_type],
    [t.logicalDate, (run) => <Moment at={run.logical_date} />, () => null],
    [t.partition, (run) => run.partition_key ?? words.common.dash, (run) => run.partition_key],
    [t.version, (run) => words.dag.version(run.version_number), (run) => run.version_number],
    [t.conf, (run) => (conf(run) ? <pre className="code">{conf(run)}</pre> : words.common.dash), conf],
  ];
  const head = (run: RunHead) => (
    <th scope="col">
      <PlainLink href={runPlace(dagId, run.run_id)}>{run.run_id}</PlainLink>
    </th>
  );
  return (
    <section className="compare__part">
      <table className="list compare__facts">
        <thead>
          <tr>
            <th scope="col">{t.facts}</th>
            {head(a)}
            {head(b)}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, show, value]) => (
            <tr key={name} className={value(a) === value(b) ? undefined : "compare__differs"}>
              <th scope="row">{name}</th>
              <td>{show(a)}</td>
              <td>{show(b)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

type DifferencesProps = { dagId: string; of: Compared; showsAll: boolean; onAll: (all: boolean) => void };

export function Differences({ dagId, of: { a, b, changed, rows, total_entries: total }, showsAll, onAll }: DifferencesProps) {
  const t = runWords;
  const cell = (run: RunHead, taskId: string, side: Side) =>
    side === null ? (
      <td className="quiet">{t.absent}</td>
    ) : (
      <td>
        <PlainLink href={taskPlace(dagId, run.run_id, taskId)} className="compare__side">
          <StateBadge state={side[0]} />
          <span className="quiet">
            {side[1] !== null && formatDuration(side[1])}
            {side[2] > 1 && ` · ${words.dag.tries(side[2])}`}
          </span>
        </PlainLink>
      </td>
    );
  return (
    <section className="compare__part" aria-label={t.tasks}>
      <div className="row">
        <h2 className="grow">{t.changed(changed)}</h2>
        <label className="checkline">
          <input type="checkbox" checked={!showsAll} onChange={(event) => onAll(!event.target.checked)} /> {t.onlyChanged}
        </label>
      </div>
      {rows.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">{t.task}</th>
              <th scope="col">{t.first}</th>
              <th scope="col">{t.second}</th>
              <th scope="col">{t.difference}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([taskId, one, two, change]) => (
              <tr key={taskId} className={change ? "compare__differs" : undefined}>
                <th scope="row">{taskId}</th>
                {cell(a, taskId, one)}
                {cell(b, taskId, two)}
                <td>{change ? t.change[change] : words.common.dash}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {total > rows.length && <p className="quiet">{words.touch.moreRows(total - rows.length)}</p>}
    </section>
  );
}

export function XComs({ dagId, a, b }: { dagId: string; a: string; b: string }) {
  const t = runWords;
  const [one, two] = [useQuery(xcomsQuery(dagId, a)), useQuery(xcomsQuery(dagId, b))];
  if (one.error ?? two.error) return <Problem error={(one.error ?? two.error) as Error} again={() => void one.refetch()} small />;
  if (!one.data || !two.data) return <Skeleton lines={3} />;
  const [here, there] = [one.data.values, two.data.values];
  const keys = [...new Set([...here.keys(), ...there.keys()])].filter((key) => here.get(key) !== there.get(key));
  return (
    <section className="compare__part" aria-label={t.xcoms}>
      <h2>{keys.length ? t.xcoms : t.noXcoms}</h2>
      {keys.length > 0 && (
        <table className="list compare__xcoms">
          <thead>
            <tr>
              <th scope="col">XCom</th>
              <th scope="col">{t.first}</th>
              <th scope="col">{t.second}</th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <tr key={key} className="compare__differs">
                <th scope="row">{key}</th>
                {[here.get(key), there.get(key)].map((value, i) => (
                  <td key={i}>{value === undefined ? <span className="quiet">{t.absent}</span> : <code>{value}</code>}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {(one.data.isCut || two.data.isCut) && <p className="quiet">{t.xcomsCut(MOST_XCOMS)}</p>}
    </section>
  );
}
