import "../styles/dags.css";
import "../styles/forms.css";
import "../styles/backfill.css";
import "../styles/code.css";
import "../styles/assets.css";
import "../styles/task.css";

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Plus, Zap } from "lucide-react";
import { useState } from "react";

import { EventDialog, MaterializeDialog, StateDialog } from "../components/assets/AssetDialogs";
import { Lineage } from "../components/assets/Lineage";
import { NextRun } from "../components/assets/NextRun";
import { WatcherLinks } from "../components/log/OtherLogs";
import { Moment } from "../components/Moment";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { Pager } from "../components/Pager";
import { PlainLink } from "../components/PlainLink";
import { Confirm } from "../components/run/Confirm";
import { StateBadge } from "../components/StateIcon";
import { useMay } from "../hooks/useMay";
import { useNow } from "../hooks/useNow";
import { useTitle } from "../hooks/useTitle";
import { ASSET_TABS } from "../routes/assets";
import { type Asset, type AssetEvent, assetEventsQuery, assetQuery, assetStateQuery, EVENTS_PER_PAGE, lineageQuery, removeState, type StateEntry, usualGap } from "../services/assets";
import { client } from "../services/client";
import { HttpError } from "../services/http";
import { dagPlace, runPlace, taskPlace } from "../services/places";
import { words } from "../words";
import { assetWords } from "../words/assets";
import { formatDuration } from "../words/times";

/** One asset: what it is, its events, its lineage, who waits for it, what is kept for it. */
export function AssetPage() {
  const { assetId } = useParams({ from: "/layout/assets/$assetId" });
  const { data, error, refetch } = useQuery(assetQuery(assetId));
  const t = assetWords;
  useTitle(data?.name ?? t.title);
  if (error instanceof HttpError && (error.status === 404 || error.status === 422))
    return (
      <Notice title={t.notFoundTitle} text={t.notFoundText}>
        <Link to="/assets" className="button">
          {t.toList}
        </Link>
      </Notice>
    );
  if (error && !data) return <Problem error={error} again={() => void refetch()} />;
  return <div className="page">{data ? <Body key={assetId} asset={data} /> : <Skeleton lines={6} />}</div>;
}

function Body({ asset }: { asset: Asset }) {
  const search = useSearch({ from: "/layout/assets/$assetId" });
  const navigate = useNavigate({ from: "/assets/$assetId" });
  const tab = search.tab ?? "events";
  const t = assetWords;
  return (
    <>
      <Head asset={asset} />
      <div className="views assetpage__tabs" role="tablist" aria-label={asset.name}>
        {ASSET_TABS.map((one) => (
          <button key={one} type="button" role="tab" className="views__tab" aria-selected={tab === one} data-status={tab === one ? "active" : undefined} onClick={() => void navigate({ search: { tab: one === "events" ? undefined : one } })}>
            {t.tabs[one]}
          </button>
        ))}
      </div>
      <div role="tabpanel" aria-label={t.tabs[tab]}>
        {tab === "events" && <Events asset={asset} page={search.page ?? 1} onPage={(page) => void navigate({ search: { ...search, page } })} />}
        {tab === "lineage" && <Near asset={asset} depth={search.depth ?? 2} onDepth={(depth) => void navigate({ search: { ...search, depth: depth === 2 ? undefined : depth }, replace: true })} />}
        {tab === "waiting" && <Waiting asset={asset} />}
        {tab === "state" && <State asset={asset} />}
      </div>
    </>
  );
}

function Head({ asset }: { asset: Asset }) {
  const [open, setOpen] = useState<"event" | "materialize" | null>(null);
  const may = useMay();
  const mayNot = may("create", "Assets");
  const t = assetWords;
  const makers = new Set(asset.producing_tasks.map((one) => one.dag_id));
  const cannot = makers.size === 0 ? t.materializeNone : makers.size > 1 ? t.materializeMany : (mayNot ?? may("create", "DAG Runs"));
  return (
    <>
      <header className="forms__head assetpage__head">
        <div className="grow">
          <h1>{asset.name}</h1>
          {asset.uri !== asset.name && <p className="mono soft assetpage__uri">{asset.uri}</p>}
        </div>
        <button type="button" className="button" disabled={cannot !== undefined} title={cannot} onClick={() => setOpen("materialize")}>
          <Zap size={14} /> {t.materialize}
        </button>
        <button type="button" className="button button--primary" disabled={mayNot !== undefined} title={mayNot} onClick={() => setOpen("event")}>
          <Plus size={14} /> {t.createEvent}
        </button>
      </header>
      <dl className="assetpage__facts">
        <Fact name={t.lastEvent}>
          <Freshness asset={asset} />
        </Fact>
        <Fact name={t.group}>{asset.group}</Fact>
        <Fact name={t.producers}>
          <Tasks of={asset.producing_tasks} />
        </Fact>
        <Fact name={t.consumers}>
          <Tasks of={asset.consuming_tasks} />
        </Fact>
        <Fact name={t.scheduled}>{asset.scheduled_dags.length ? asset.scheduled_dags.map(({ dag_id }) => <PlainLink key={dag_id} href={dagPlace(dag_id)}>{dag_id}</PlainLink>) : <span className="quiet">{words.common.dash}</span>}</Fact>
        {asset.aliases.length > 0 && <Fact name={t.aliases}>{asset.aliases.map((alias) => alias.name).join(", ")}</Fact>}
        {asset.watchers.length > 0 && <Fact name={t.watchers}>{[...new Set(asset.watchers.map((one) => one.name))].join(", ")}<WatcherLinks dagIds={asset.scheduled_dags.map((one) => one.dag_id)} asset={asset.uri} /></Fact>}
        {Object.keys(asset.extra).length > 0 && (
          <Fact name={t.extra}>
            <code>{JSON.stringify(asset.extra)}</code>
          </Fact>
        )}
      </dl>
      {open === "event" && <EventDialog asset={asset} onClose={() => setOpen(null)} />}
      {open === "materialize" && <MaterializeDialog asset={asset} onClose={() => setOpen(null)} />}
    </>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Tasks({ of }: { of: { dag_id: string; task_id: string }[] }) {
  if (of.length === 0) return <span className="quiet">{words.common.dash}</span>;
  return of.map((one) => (
    <PlainLink key={`${one.dag_id} ${one.task_id}`} href={dagPlace(one.dag_id)}>
      {one.dag_id} · {one.task_id}
    </PlainLink>
  ));
}

/** When the last event came, and whether that is as usual. */
function Freshness({ asset }: { asset: Asset }) {
  const { data } = useQuery(assetEventsQuery(String(asset.id), 1));
  const now = useNow(10_000);
  const t = assetWords;
  if (asset.last_asset_event === null) return <span className="quiet">{t.noEvent}</span>;
  const gap = usualGap(data?.asset_events ?? []);
  const isLate = gap !== null && gap >= 60 && (now - Date.parse(asset.last_asset_event.timestamp)) / 1000 > 2 * gap;
  return (
    <>
      <Moment at={asset.last_asset_event.timestamp} relative />
      {gap !== null && gap >= 1 && <span className={isLate ? "assetpage__late" : "quiet"}>{isLate ? t.late(formatDuration(gap)) : t.fresh(formatDuration(gap))}</span>}
    </>
  );
}

function Events({ asset, page, onPage }: { asset: Asset; page: number; onPage: (page: number) => void }) {
  const { data, error, refetch } = useQuery(assetEventsQuery(String(asset.id), page));
  const t = assetWords;
  if (error && !data) return <Problem error={error} again={() => void refetch()} />;
  if (!data) return <Skeleton lines={5} />;
  if (data.total_entries === 0) return <Notice title={t.noEventsTitle} text={t.noEventsText} />;
  return (
    <div className="forms__scroll">
      <table className="list">
        <thead>
          <tr>
            <th scope="col">{t.when}</th>
            <th scope="col">{t.source}</th>
            <th scope="col">{t.partition}</th>
            <th scope="col">{t.runs}</th>
            <th scope="col">{t.extra}</th>
          </tr>
        </thead>
        <tbody>
          {data.asset_events.map((event) => (
            <tr key={event.id} data-event={event.id}>
              <td>
                <Moment at={event.timestamp} />
              </td>
              <td>
                <Source event={event} />
              </td>
              <td className="mono">{event.partition_key ?? <span className="quiet">{words.common.dash}</span>}</td>
              <td>
                {event.created_dagruns.length === 0 && <span className="quiet">{words.common.dash}</span>}
                {event.created_dagruns.map((run) => (
                  <span key={`${run.dag_id} ${run.run_id}`} className="assetpage__run">
                    <StateBadge state={run.state} round />
                    <PlainLink href={runPlace(run.dag_id, run.run_id)} title={run.triggering ? t.triggered : run.run_id}>
                      {run.dag_id}
                    </PlainLink>
                  </span>
                ))}
              </td>
              <td>
                <code className="assetpage__extra">{JSON.stringify(event.extra)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Pager page={page} size={EVENTS_PER_PAGE} total={data.total_entries} onPage={onPage} />
    </div>
  );
}

function Source({ event }: { event: AssetEvent }) {
  const { source_dag_id: dag, source_run_id: run, source_task_id: task } = event;
  if (dag === null || run === null || task === null) return <span className="quiet">{assetWords.outside}</span>;
  return (
    <PlainLink href={taskPlace(dag, run, task, event.source_map_index)}>
      {dag} · {task}
    </PlainLink>
  );
}

function Near({ asset, depth, onDepth }: { asset: Asset; depth: number; onDepth: (depth: number) => void }) {
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(lineageQuery(`asset:${asset.id}`, depth === 0 ? undefined : depth));
  const [node, setNode] = useState<string | undefined>(`asset:${asset.id}`);
  const t = assetWords;
  if (error && !data) return <Problem error={error} again={() => void refetch()} />;
  if (!data) return <Skeleton lines={6} />;
  return (
    <>
      <label className="codebar__choice assetpage__depth">
        <span className="soft">{t.depth}</span>
        <select className="input" value={depth} onChange={(event) => onDepth(Number(event.target.value))}>
          {[1, 2, 3, 4, 6].map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
          <option value={0}>{t.everything}</option>
        </select>
      </label>
      <Lineage
        graph={data}
        node={node}
        onNode={(next) => {
          const other = next?.startsWith("asset:") ? next.slice(6) : null;
          if (other !== null && next === node && other !== String(asset.id)) void navigate({ to: "/assets/$assetId", params: { assetId: other }, search: { tab: "lineage" } });
          else setNode(next);
        }}
      />
    </>
  );
}

function Waiting({ asset }: { asset: Asset }) {
  if (asset.scheduled_dags.length === 0) return <p className="quiet assetpage__none">{assetWords.waitingNone}</p>;
  return (
    <div className="assetpage__waiting">
      {asset.scheduled_dags.map(({ dag_id }) => (
        <section key={dag_id} data-waiting={dag_id}>
          <h2>
            <PlainLink href={dagPlace(dag_id)}>{dag_id}</PlainLink>
          </h2>
          <NextRun dagId={dag_id} />
        </section>
      ))}
    </div>
  );
}

function State({ asset }: { asset: Asset }) {
  const id = String(asset.id);
  const { data, error, refetch } = useQuery(assetStateQuery(id));
  const [edited, setEdited] = useState<StateEntry | "new" | null>(null);
  const [removed, setRemoved] = useState<string | null>(null);
  const may = useMay();
  const mayNot = may("edit", "Assets");
  const t = assetWords;
  if (error && !data) return <Problem error={error} again={() => void refetch()} />;
  if (!data) return <Skeleton lines={3} />;
  return (
    <>
      <div className="assetpage__acts">
        <button type="button" className="button button--small" disabled={mayNot !== undefined} title={mayNot} onClick={() => setEdited("new")}>
          <Plus size={13} /> {t.stateAdd}
        </button>
      </div>
      {data.asset_state_store.length === 0 ? (
        <p className="quiet assetpage__none">{t.stateNone}</p>
      ) : (
        <div className="forms__scroll">
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{t.stateKey}</th>
                <th scope="col">{t.stateValue}</th>
                <th scope="col">{t.updated}</th>
                <th scope="col">
                  <span className="sr-only">{words.common.more}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.asset_state_store.map((entry) => (
                <tr key={entry.key} data-state-key={entry.key}>
                  <td className="mono">{entry.key}</td>
                  <td>
                    <code className="assetpage__extra">{JSON.stringify(entry.value)}</code>
                  </td>
                  <td>
                    <Moment at={entry.updated_at} relative />
                  </td>
                  <td>
                    <span className="row backfill__acts">
                      <button type="button" className="button button--small" disabled={mayNot !== undefined} title={mayNot} onClick={() => setEdited(entry)}>
                        {t.edit}
                      </button>
                      <button type="button" className="button button--small" disabled={may("delete", "Assets") !== undefined} title={may("delete", "Assets")} onClick={() => setRemoved(entry.key)}>
                        {t.remove}
                      </button>
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {edited !== null && <StateDialog assetId={id} entry={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      {removed !== null && (
        <Confirm
          title={t.removeTitle(removed)}
          text={t.removeText}
          action={t.remove}
          isDanger
          work={async () => {
            await removeState(id, removed);
            await client.invalidateQueries({ queryKey: ["assets"] });
          }}
          onClose={() => setRemoved(null)}
        />
      )}
    </>
  );
}
