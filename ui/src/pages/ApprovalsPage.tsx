import "../styles/dags.css";
import "../styles/forms.css";
import "../styles/approvals.css";

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { Review } from "../components/approvals/Review";
import { SearchField } from "../components/lists/SearchField";
import { Moment } from "../components/Moment";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { Pager } from "../components/Pager";
import { useTitle } from "../hooks/useTitle";
import { APPROVAL_SHOWS } from "../routes/approvals";
import { type Approval, approvalKey, APPROVALS_PER_PAGE, approvalsQuery, openApprovalsQuery } from "../services/approvals";
import { approvalWords } from "../words/approvals";

/** Questions that wait for people, and the form of the chosen one beside them. */
export function ApprovalsPage() {
  const t = approvalWords;
  useTitle(t.title);
  const search = useSearch({ from: "/layout/approvals" });
  const navigate = useNavigate({ from: "/approvals" });
  const show = search.show ?? "open";
  const { data, error, refetch } = useQuery(
    approvalsQuery({ answered: show === "all" ? undefined : show === "answered", search: search.search, dag_id: search.dag, page: search.page }),
  );
  const open = useQuery(openApprovalsQuery);
  const chosen = useChosen(search.at, data?.approvals);
  return (
    <div className="page">
      <div className="forms__head">
        <h1 className="grow">{t.title}</h1>
        <span className="quiet" aria-live="polite">
          {open.data && t.count(open.data.open)}
        </span>
      </div>
      <div className="forms__bar">
        <SearchField label={t.search} value={search.search ?? ""} onChange={(text) => void navigate({ search: { ...search, search: text || undefined, page: undefined }, replace: true })} />
        <div className="segments" role="group" aria-label={t.title}>
          {APPROVAL_SHOWS.map((one) => (
            <button key={one} type="button" className="segment" aria-pressed={show === one} onClick={() => void navigate({ search: { ...search, show: one === "open" ? undefined : one, page: undefined, at: undefined } })}>
              {t[one]}
            </button>
          ))}
        </div>
      </div>
      {error && !data ? (
        <Problem error={error} again={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={5} />
      ) : data.approvals.length === 0 && !chosen ? (
        search.search || search.dag ? <Notice title={t.nothingTitle} text={t.nothingText} /> : <Notice title={t.emptyTitle} text={t.emptyText} />
      ) : (
        <div className="approvals">
          <nav className="approvals__list" aria-label={t.title}>
            {data.approvals.map((one) => (
              <button
                key={approvalKey(one)}
                type="button"
                className="approvals__one"
                aria-current={approvalKey(one) === search.at || undefined}
                onClick={() => void navigate({ search: { ...search, at: approvalKey(one) } })}
              >
                <span className="approvals__subject">{one.subject}</span>
                <span className="approvals__from soft truncate">
                  {one.dag_id} · {one.task_id}
                  {one.map_index >= 0 && ` [${one.map_index}]`}
                </span>
                <span className="quiet">{one.responded_at === null ? <Moment at={one.created_at} relative /> : <AnsweredIn one={one} />}</span>
              </button>
            ))}
            <Pager page={search.page ?? 1} size={APPROVALS_PER_PAGE} total={data.total_entries} onPage={(page) => void navigate({ search: { ...search, page } })} />
          </nav>
          <div className="approvals__review">{chosen ? <Review approval={chosen} /> : <p className="quiet">{t.choose}</p>}</div>
        </div>
      )}
    </div>
  );
}

function AnsweredIn({ one }: { one: Approval }) {
  return (
    <>
      {one.chosen_options?.join(", ")} · <Moment at={one.responded_at} relative />
    </>
  );
}

/** The chosen question; also when it has left the list because somebody has answered it. */
function useChosen(at: string | undefined, listed: Approval[] | undefined): Approval | undefined {
  const inList = listed?.find((one) => approvalKey(one) === at);
  const [dag, run, task, index] = at?.split(" ") ?? [];
  const alone = useQuery({
    ...approvalsQuery({ dag_id: dag, run_id: run, task_id: task, map_index: index === undefined ? undefined : Number(index) }),
    enabled: at !== undefined && listed !== undefined && !inList,
  });
  return inList ?? (at === undefined ? undefined : alone.data?.approvals.find((one) => approvalKey(one) === at));
}
