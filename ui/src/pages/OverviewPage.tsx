import "../styles/charts.css";
import "../styles/history.css";
import "../styles/home.css";

import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { CircleAlert, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";

import { DurationBars } from "../components/charts/DurationBars";
import { StateCounts } from "../components/dags/StateCounts";
import { ErrorLine } from "../components/home/ErrorLine";
import { Markdown } from "../components/Markdown";
import { Moment } from "../components/Moment";
import { Problem, Skeleton, Unread } from "../components/Notice";
import { PlainLink } from "../components/PlainLink";
import { dagQuery } from "../services/dags";
import { durationsQuery, type Overview, overviewQuery } from "../services/history";
import { dagPlace, runPlace } from "../services/places";
import type { DagHead } from "../services/types";
import { words } from "../words";
import { history } from "../words/history";
import { scheduleText } from "../words/schedule";

/** A DAG at a glance: how it does, what failed, what comes, and what it is. */
export function OverviewPage() {
  const { dagId } = useParams({ from: "/layout/dags/$dagId" });
  const head = useQuery(dagQuery(dagId));
  const { data, error, refetch } = useQuery(overviewQuery(dagId));
  const trend = useQuery(durationsQuery(dagId, 50));
  if (error && !data) return <Problem error={error} again={() => void refetch()} />;
  if (!data || !head.data) return <Skeleton lines={10} />;
  return (
    <div className="page overview">
      <div className="overview__main">
        <Health data={data} dag={head.data} />
        <Unread of={trend} />
        {trend.data && trend.data.bars.length > 0 && (
          <Part title={history.trend} more={[`${dagPlace(dagId)}/durations`, history.toDurations]}>
            <DurationBars bars={trend.data.bars} times={trend.data.took} measure="took" height={168} hasTwin={false} placeOf={(bar) => runPlace(dagId, bar.run_id)} />
          </Part>
        )}
        <Failures data={data} />
        {(head.data.doc_md ?? head.data.description) && (
          <Part title={history.about}>{head.data.doc_md ? <Markdown text={head.data.doc_md} /> : <p>{head.data.description}</p>}</Part>
        )}
      </div>
      <div className="overview__side">
        <Coming data={data} dag={head.data} />
        <Deadlines data={data} dagId={dagId} />
        <Facts data={data} dag={head.data} />
        <Params dag={head.data} />
        <Assets data={data} />
        <Versions data={data} />
      </div>
    </div>
  );
}

function Part({ title, more, children }: { title: string; more?: [string, string]; children: ReactNode }) {
  return (
    <section className="overview__part">
      <div className="home__sectionhead">
        <h2>{title}</h2>
        {more && <PlainLink href={more[0]}>{more[1]}</PlainLink>}
      </div>
      {children}
    </section>
  );
}

function Health({ data, dag }: { data: Overview; dag: DagHead }) {
  const { success = 0, failed = 0 } = data.finished;
  const all = success + failed;
  const last = dag.runs.findLast((run) => run.state === "success" || run.state === "failed");
  const isBad = last?.state === "failed";
  const Icon = isBad ? CircleAlert : CircleCheck;
  return (
    <Part title={history.health}>
      {last === undefined ? (
        <p className="quiet">{history.noFinished}</p>
      ) : (
        <p className="overview__health" data-health={isBad ? "dead" : "healthy"}>
          <Icon size={18} aria-hidden="true" />
          <span>
            <strong>{isBad ? history.nowFailing : history.allWell}</strong> {history.success(success / Math.max(1, all), all)}
          </span>
        </p>
      )}
      <StateCounts dagId={dag.dag_id} counts={data.counts} />
    </Part>
  );
}

function Failures({ data }: { data: Overview }) {
  return (
    <Part title={history.failures}>
      {data.failures.length === 0 && <p className="quiet">{history.noFailures}</p>}
      <ul className="trouble">
        {data.failures.map((run) => (
          <li key={run.run_id}>
            <span className="trouble__what">
              <PlainLink href={runPlace(run.dag_id, run.run_id)}>{run.run_id}</PlainLink>{" "}
              <span className="quiet">
                <Moment at={run.end_date ?? run.run_after} relative />
              </span>
            </span>
            <ErrorLine run={run} />
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Coming({ data, dag }: { data: Overview; dag: DagHead }) {
  const nothing = dag.is_paused ? history.pausedComing : dag.schedule === null ? history.onlyByHand : history.noComing;
  return (
    <Part title={history.coming} more={[`${dagPlace(dag.dag_id)}/calendar`, history.toCalendar]}>
      <p className="soft">{scheduleText(dag)}</p>
      {data.coming.length === 0 && <p className="quiet">{nothing}</p>}
      <ul className="plainlist">
        {data.coming.map((run) => (
          <li key={run.run_after} className="plainlist__row">
            <Moment at={run.run_after} />
            <span className="quiet">
              <Moment at={run.run_after} relative />
            </span>
          </li>
        ))}
      </ul>
      {data.problem && <p className="banner banner--warn">{history.noPlan(data.problem)}</p>}
    </Part>
  );
}

function Deadlines({ data, dagId }: { data: Overview; dagId: string }) {
  return (
    <Part title={history.deadlines}>
      {data.alerts.length === 0 && data.deadlines.length === 0 && <p className="quiet">{history.noDeadlines}</p>}
      {data.alerts.length > 0 && <p className="soft">{history.alerts(data.alerts.join(", "))}</p>}
      <ul className="plainlist">
        {data.deadlines.map((one) => (
          <li key={`${one.run_id} ${one.task_id} ${one.deadline_time}`} className="plainlist__row">
            <PlainLink href={runPlace(dagId, one.run_id)} className="truncate">
              {one.task_id ?? one.name ?? one.run_id}
            </PlainLink>
            <span className={one.missed ? "history__bad" : "quiet"}>
              {one.missed ? history.missed : history.open} · <Moment at={one.deadline_time} relative />
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Facts({ data, dag }: { data: Overview; dag: DagHead }) {
  const t = words.dag;
  return (
    <Part title={history.facts}>
      <dl className="facts">
        <dt>{t.owners}</dt>
        <dd>
          {dag.owners.map((owner, i) => {
            const link = data.owner_links[owner];
            return (
              <span key={owner}>
                {i > 0 && ", "}
                {link && /^(https?:|mailto:)/i.test(link) ? (
                  <a href={link} rel="noreferrer noopener" target="_blank">
                    {owner}
                  </a>
                ) : (
                  owner
                )}
              </span>
            );
          })}
        </dd>
        <dt>{history.tasks}</dt>
        <dd>{history.tasksTotal(data.task_count)}</dd>
        <dt>{t.limitsLabel}</dt>
        <dd>{t.limits(dag.max_active_runs, dag.max_active_tasks)}</dd>
        <dt>{t.timezone}</dt>
        <dd>{dag.timezone}</dd>
        <dt>{t.catchup}</dt>
        <dd>{dag.catchup ? words.common.yes : words.common.no}</dd>
        <dt>{t.file}</dt>
        <dd>
          <code>{dag.relative_fileloc}</code>
        </dd>
        <dt>{t.parsed}</dt>
        <dd>
          <Moment at={dag.last_parsed} relative />
        </dd>
      </dl>
    </Part>
  );
}

function Params({ dag }: { dag: DagHead }) {
  if (dag.params.length === 0) return null;
  return (
    <Part title={history.params}>
      <dl className="facts">
        {dag.params.map((param) => [
          <dt key={`${param.name} name`}>
            <code>{param.name}</code>
          </dt>,
          <dd key={param.name}>
            {param.required ? <span className="quiet">{history.required}</span> : <code>{JSON.stringify(param.value)}</code>}
            {param.description && <span className="quiet"> {param.description}</span>}
          </dd>,
        ])}
      </dl>
    </Part>
  );
}

function Assets({ data }: { data: Overview }) {
  if (data.assets.length === 0) return null;
  return (
    <Part title={history.assets}>
      <ul className="plainlist">
        {data.assets.map((asset) => (
          <li key={`${asset.id} ${asset.use}`} className="plainlist__row">
            <PlainLink href={`/assets/${asset.id}`} className="truncate" title={asset.uri}>
              {asset.name || asset.uri}
            </PlainLink>
            <span className="quiet">{history.assetUse[asset.use]}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Versions({ data }: { data: Overview }) {
  return (
    <Part title={history.versions}>
      <ul className="plainlist">
        {data.versions.map((version) => (
          <li key={version.number} className="plainlist__row">
            <span>
              {history.version(version.number)} {version.bundle_version && <code>{version.bundle_version.slice(0, 10)}</code>}
            </span>
            <span className="quiet">
              <Moment at={version.created_at} relative />
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
