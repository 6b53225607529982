import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { differences, MOST_XCOMS, type Side, xcomsQuery } from "../../services/compare";
import { runPlace, taskPlace } from "../../services/places";
import type { RunDetail } from "../../services/types";
import { words } from "../../words";
import { runWords } from "../../words/run";
import { formatDuration } from "../../words/times";
import { Moment } from "../Moment";
import { Problem, Skeleton } from "../Notice";
import { PlainLink } from "../PlainLink";
import { StateBadge } from "../StateIcon";

type Two = { dagId: string; a: RunDetail; b: RunDetail };

/** The runs themselves; rows that differ are marked. */
export function Facts({ dagId, a, b }: Two) {
  const t = runWords;
  const conf = (run: RunDetail) => (Object.keys(run.run.conf).length ? JSON.stringify(run.run.conf, null, 2) : "");
  const rows: [string, (run: RunDetail) => ReactNode, (run: RunDetail) => unknown][] = [
    [t.state, ({ run }) => <StateBadge state={run.state} round />, ({ run }) => run.state],
    [t.duration, ({ run }) => (run.duration === null ? words.common.dash : formatDuration(run.duration)), () => null],
    [t.type, ({ run }) => `${words.runType[run.run_type]}${run.triggering_user ? ` · ${run.triggering_user}` : ""}`, ({ run }) => run.run_type],
    [t.logicalDate, ({ run }) => <Moment at={run.logical_date} />, () => null],
    [t.version, ({ run }) => (run.version_number === null ? words.common.dash : words.dag.version(run.version_number)), ({ run }) => run.version_number],
    [t.conf, (run) => (conf(run) ? <pre className="code">{conf(run)}</pre> : words.common.dash), conf],
  ];
  const head = ({ run }: RunDetail) => (
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

/** Rows of tasks that are shown at most. */
const SHOWN = 500;

export function Differences({ dagId, a, b, showsAll, onAll }: Two & { showsAll: boolean; onAll: (all: boolean) => void }) {
  const t = runWords;
  const rows = differences(a, b);
  const changed = rows.filter((row) => row.change !== null);
  const shown = showsAll ? rows : changed;
  const cell = (run: RunDetail, taskId: string, side: Side) =>
    side === null ? (
      <td className="quiet">{t.absent}</td>
    ) : (
      <td>
        <PlainLink href={taskPlace(dagId, run.run.run_id, taskId)} className="compare__side">
          <StateBadge state={side.state} />
          <span className="quiet">
            {side.duration !== null && formatDuration(side.duration)}
            {side.tries > 1 && ` · ${words.dag.tries(side.tries)}`}
          </span>
        </PlainLink>
      </td>
    );
  return (
    <section className="compare__part" aria-label={t.tasks}>
      <div className="row">
        <h2 className="grow">{t.changed(changed.length)}</h2>
        <label className="checkline">
          <input type="checkbox" checked={!showsAll} onChange={(event) => onAll(!event.target.checked)} /> {t.onlyChanged}
        </label>
      </div>
      {shown.length > 0 && (
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
            {shown.slice(0, SHOWN).map((row) => (
              <tr key={row.taskId} className={row.change ? "compare__differs" : undefined}>
                <th scope="row">{row.taskId}</th>
                {cell(a, row.taskId, row.a)}
                {cell(b, row.taskId, row.b)}
                <td>{row.change ? t.change[row.change] : words.common.dash}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {shown.length > SHOWN && <p className="quiet">{words.touch.moreRows(shown.length - SHOWN)}</p>}
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
