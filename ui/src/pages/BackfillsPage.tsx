import "../styles/forms.css";
import "../styles/backfill.css";

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { CalendarPlus } from "lucide-react";

import { BackfillForm } from "../components/backfill/BackfillForm";
import { BackfillTable } from "../components/backfill/BackfillTable";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { Pager } from "../components/Pager";
import { useMay } from "../hooks/useMay";
import { backfillableQuery, BACKFILLS_PER_PAGE, backfillsQuery } from "../services/backfills";
import { formWords } from "../words/forms";

/** Backfills of one DAG, and the form that orders one. */
export function BackfillsPage() {
  const { dagId } = useParams({ from: "/layout/dags/$dagId" });
  const search = useSearch({ from: "/layout/dags/$dagId/backfills" });
  const navigate = useNavigate({ from: "/dags/$dagId/backfills" });
  const { data, error, refetch } = useQuery(backfillsQuery(dagId, search.page ?? 1));
  const able = useQuery(backfillableQuery(dagId));
  const mayNot = useMay()("create", "Backfills");
  const reason = able.data?.reason ?? null;
  const refusal = reason !== null ? formWords[reason] : mayNot;
  const order = (
    <button type="button" className="button button--primary" disabled={refusal !== undefined || !able.data} title={refusal} onClick={() => void navigate({ search: { ...search, order: true } })}>
      <CalendarPlus size={14} /> {formWords.newBackfill}
    </button>
  );
  const t = formWords;
  return (
    <section className="page" aria-label={t.backfills}>
      <div className="forms__head">
        <h2 className="grow">{t.backfills}</h2>
        {data && data.total_entries > 0 && order}
      </div>
      {reason !== null && <p className="banner banner--warn">{t[reason]}</p>}
      {error && !data ? (
        <Problem error={error} again={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={4} />
      ) : data.total_entries === 0 ? (
        <Notice title={t.emptyTitle} text={t.emptyText}>
          {order}
        </Notice>
      ) : (
        <>
          <BackfillTable dagId={dagId} rows={data.backfills} open={search.open} onOpen={(open) => void navigate({ search: { ...search, open }, replace: true })} />
          <Pager page={search.page ?? 1} size={BACKFILLS_PER_PAGE} total={data.total_entries} onPage={(page) => void navigate({ search: { page } })} />
        </>
      )}
      {search.order && <BackfillForm dagId={dagId} onClose={() => void navigate({ search: { ...search, order: undefined } })} />}
    </section>
  );
}
