import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ShieldCheck, ShieldX, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { AdminPage, Loaded } from "../components/admin/AdminPage";
import { AdminTable } from "../components/admin/AdminTable";
import { Field } from "../components/admin/Field";
import { SearchField } from "../components/lists/SearchField";
import { Moment } from "../components/Moment";
import { Notice } from "../components/Notice";
import { PlainLink } from "../components/PlainLink";
import { localMoment, momentOf } from "../components/trigger/schema";
import { useMay } from "../hooks/useMay";
import { auditQuery, type AuditSearch, type Deed, type Verified, verifyAudit } from "../services/people";
import { dagPlace, runPlace, taskPlace } from "../services/places";
import { toasts } from "../services/toasts";
import { words } from "../words";
import { admin } from "../words/admin";
import { people } from "../words/people";
import { zoneName } from "../words/times";

const w = people.audit;
const NONE: AuditSearch = { search: undefined, event: undefined, owner: undefined, dag: undefined, result: undefined, after: undefined, before: undefined };

/** As the clocks of the page show it; the address names the moment itself. */
const local = (at: string | undefined): string => (at === undefined ? "" : localMoment(at, zoneName()));

/** Who did what, when, from where, with what result. */
export function AuditPage() {
  const search = useSearch({ from: "/layout/admin/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const change = (part: AuditSearch, replace = false) => void navigate({ search: (old) => ({ ...old, page: undefined, ...part }), replace });
  const read = useQuery({ ...auditQuery(search), enabled: useMay()("read", "Audit Logs") === undefined });
  const { data } = read;
  const page = search.page ?? 1;
  const isFiltered = Object.keys(NONE).some((name) => search[name as keyof AuditSearch] !== undefined);
  return (
    <AdminPage title={admin.tabs.audit} resource="Audit Logs" actions={<Verify />}>
      <div className="admin__filter admin__audit" role="search">
        <SearchField label={w.search} value={search.search ?? ""} onChange={(text) => change({ search: text || undefined }, true)} />
        <Field label={w.event} value={search.event ?? ""} onChange={(event) => change({ event: event || undefined })} options={[["", w.anyEvent], ...(data?.events ?? []).map((one) => [one, one] as const)]} />
        <Field label={w.result} value={search.result ?? ""} onChange={(result) => change({ result: (result || undefined) as Deed["result"] | undefined })} options={[["", w.anyResult], ...(["done", "denied", "failed"] as const).map((one) => [one, w.results[one]] as const)]} />
        <Field label={w.owner} value={search.owner ?? ""} onChange={(owner) => change({ owner: owner || undefined }, true)} />
        <Field label={w.dag} value={search.dag ?? ""} onChange={(dag) => change({ dag: dag || undefined }, true)} />
        <Field label={w.after} type="datetime-local" value={local(search.after)} onChange={(after) => change({ after: momentOf(after, zoneName()) ?? undefined })} />
        <Field label={w.before} type="datetime-local" value={local(search.before)} onChange={(before) => change({ before: momentOf(before, zoneName()) ?? undefined })} />
        {isFiltered && (
          <button type="button" className="button button--plain" onClick={() => change(NONE)}>
            <X size={14} /> {w.clear}
          </button>
        )}
      </div>
      <Loaded of={read}>
        {data?.entries.length === 0 ? (
          <Notice title={w.emptyTitle} text={w.emptyText} />
        ) : (
          <AdminTable<Deed>
            label={admin.tabs.audit}
            rows={data?.entries ?? []}
            keyOf={(row) => String(row.id)}
            isOld={read.isPlaceholderData}
            columns={[
              { name: "at", title: w.column.at, cell: (row) => <Moment at={row.at} /> },
              { name: "owner", title: w.column.owner, cell: (row) => row.owner ?? <span className="quiet">{w.engine}</span> },
              { name: "event", title: w.column.event, cell: (row) => <span className="mono">{row.event}</span> },
              { name: "result", title: w.column.result, cell: (row) => <span data-alarm={row.result !== "done" || undefined}>{w.results[row.result]}</span> },
              { name: "about", title: w.column.about, isExtra: true, cell: (row) => <About row={row} /> },
              { name: "from", title: w.column.from, isExtra: true, cell: (row) => row.address },
            ]}
          />
        )}
        {data && (page > 1 || data.has_more) && (
          <div className="row pager">
            <button type="button" className="button button--small" disabled={page <= 1} title={page <= 1 ? words.dags.isFirst : undefined} onClick={() => change({ page: page <= 2 ? undefined : page - 1 })}>
              {w.newer}
            </button>
            <button type="button" className="button button--small" disabled={!data.has_more} title={data.has_more ? undefined : words.dags.isLast} onClick={() => change({ page: page + 1 })}>
              {w.older}
            </button>
          </div>
        )}
      </Loaded>
    </AdminPage>
  );
}

function About({ row }: { row: Deed }) {
  const { dag_id: dag, run_id: run, task_id: task } = row;
  const place = dag && (run && task ? taskPlace(dag, run, task, row.map_index ?? -1) : run ? runPlace(dag, run) : dagPlace(dag));
  return (
    <div className="admin__extra-json">
      {place && <PlainLink href={place}>{[dag, task, run].filter(Boolean).join(" · ")}</PlainLink>} {row.extra !== null && <code>{typeof row.extra === "string" ? row.extra : JSON.stringify(row.extra)}</code>}
    </div>
  );
}

/** Looks at the whole chain of deeds, when asked to. */
function Verify() {
  const [found, setFound] = useState<Verified | null>(null);
  /** How much of it was looked at, from 0 to 1; null = nobody looks. */
  const [part, setPart] = useState<number | null>(null);
  const abort = useRef(new AbortController());
  useEffect(() => () => abort.current.abort(), []);
  const start = () => {
    abort.current = new AbortController();
    const { signal } = abort.current;
    setFound(null);
    setPart(0);
    verifyAudit(setPart, signal)
      .then(setFound, (error: unknown) => signal.aborted || toasts.fail(error))
      .finally(() => setPart(null));
  };
  return (
    <>
      {found && (
        <span className="admin__health" role="status" data-health={found.broken ? "dead" : "healthy"} title={`${w.digest}: ${found.digest}`}>
          {found.broken ? <ShieldX size={14} aria-hidden="true" /> : <ShieldCheck size={14} aria-hidden="true" />}
          {found.broken ? w.broken(found.broken.link, found.broken.why) : w.holds(found.entries)}
        </span>
      )}
      <button type="button" className="button" disabled={part !== null} onClick={start}>
        <ShieldCheck size={14} /> {part === null ? w.verify : w.verifying(Math.floor(100 * part))}
      </button>
    </>
  );
}
