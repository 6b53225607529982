import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { AlarmClock, TimerOff } from "lucide-react";

import { AdminPage, Loaded } from "../components/admin/AdminPage";
import { AdminTable } from "../components/admin/AdminTable";
import { Moment } from "../components/Moment";
import { Notice } from "../components/Notice";
import { Pager } from "../components/Pager";
import { PlainLink } from "../components/PlainLink";
import { type Deadline, deadlinesQuery, PAGE } from "../services/admin";
import { runPlace } from "../services/places";
import { admin } from "../words/admin";

const w = admin.deadline;
const SHOWS = [
  [undefined, w.all],
  [true, w.missed],
  [false, w.pending],
] as const;

/** Deadlines and SLAs of all runs. */
export function DeadlinesPage() {
  const search = useSearch({ from: "/layout/admin/deadlines" });
  const navigate = useNavigate({ from: "/deadlines" });
  const read = useQuery(deadlinesQuery(search));
  const { data } = read;
  return (
    <AdminPage title={admin.tabs.deadlines} resource="DAG Runs" note={data && admin.entries(data.total_entries)}>
      <div className="segments" role="group" aria-label={w.column.state}>
        {SHOWS.map(([missed, text]) => (
          <button key={text} type="button" className="segment" aria-pressed={search.missed === missed} onClick={() => void navigate({ search: missed === undefined ? {} : { missed } })}>
            {text}
          </button>
        ))}
      </div>
      <Loaded of={read}>
        {data?.total_entries === 0 ? (
          <Notice title={w.emptyTitle} text={w.emptyText} />
        ) : (
          <AdminTable<Deadline>
            label={admin.tabs.deadlines}
            rows={data?.deadlines ?? []}
            keyOf={(row) => String(row.id)}
            isOld={read.isPlaceholderData}
            columns={[
              {
                name: "state",
                title: w.column.state,
                cell: (row) => (
                  <span className="admin__health" data-health={row.missed ? "dead" : "healthy"}>
                    {row.missed ? <TimerOff size={14} aria-hidden="true" /> : <AlarmClock size={14} aria-hidden="true" />} {row.missed ? w.missed : w.pending}
                  </span>
                ),
              },
              { name: "due", title: w.column.due, cell: (row) => <Moment at={row.deadline_time} /> },
              {
                name: "run",
                title: w.column.run,
                cell: (row) => (
                  <PlainLink href={runPlace(row.dag_id, row.dag_run_id)}>
                    {row.dag_id}
                    {row.task_id && ` · ${row.task_id}`} · {row.dag_run_id}
                  </PlainLink>
                ),
              },
              { name: "name", title: w.column.name, isExtra: true, cell: (row) => row.alert_name ?? row.kind },
            ]}
          />
        )}
        <Pager page={search.page ?? 1} size={PAGE} total={data?.total_entries ?? 0} onPage={(page) => void navigate({ search: (old) => ({ ...old, page: page === 1 ? undefined : page }) })} />
      </Loaded>
    </AdminPage>
  );
}
