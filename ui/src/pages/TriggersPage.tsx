import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { AdminPage, Loaded } from "../components/admin/AdminPage";
import { AdminTable } from "../components/admin/AdminTable";
import { Moment } from "../components/Moment";
import { Notice } from "../components/Notice";
import { Pager } from "../components/Pager";
import { PlainLink } from "../components/PlainLink";
import { PAGE, type Trigger, triggersQuery } from "../services/admin";
import { taskPlace } from "../services/places";
import { admin } from "../words/admin";

const w = admin.trigger;

/** What deferred tasks wait for. */
export function TriggersPage() {
  const { page = 1 } = useSearch({ from: "/layout/admin/admin/triggers" });
  const navigate = useNavigate({ from: "/admin/triggers" });
  const read = useQuery(triggersQuery(page));
  const { data } = read;
  return (
    <AdminPage title={admin.tabs.triggers} resource="Task Instances" note={data && admin.entries(data.total_entries)}>
      <Loaded of={read}>
        {data?.total_entries === 0 ? (
          <Notice title={w.emptyTitle} text={w.emptyText} />
        ) : (
          <>
            <div className="admin__legend" aria-label={w.byClass} role="group">
              {Object.entries(data?.classes ?? {}).map(([name, n]) => (
                <span key={name} title={name}>
                  {name.split(".").at(-1)}: {n}
                </span>
              ))}
            </div>
            <AdminTable<Trigger>
              label={admin.tabs.triggers}
              rows={data?.triggers ?? []}
              keyOf={(row) => String(row.id)}
              isOld={read.isPlaceholderData}
              columns={[
                { name: "trigger", title: w.column.trigger, cell: (row) => <span title={row.classpath}>{row.classpath.split(".").at(-1)}</span> },
                {
                  name: "task",
                  title: w.column.task,
                  cell: (row) => (
                    <PlainLink href={taskPlace(row.dag_id, row.run_id, row.task_id, row.map_index)}>
                      {row.dag_id} · {row.task_id}
                      {row.map_index >= 0 && `[${row.map_index}]`}
                    </PlainLink>
                  ),
                },
                { name: "since", title: w.column.since, cell: (row) => <Moment at={row.created_at} relative /> },
                { name: "timeout", title: w.column.timeout, cell: (row) => <Moment at={row.timeout_at} relative /> },
                { name: "engine", title: w.column.engine, isExtra: true, cell: (row) => row.engine },
              ]}
            />
          </>
        )}
        <Pager page={page} size={PAGE} total={data?.total_entries ?? 0} onPage={(next) => void navigate({ search: { page: next === 1 ? undefined : next } })} />
      </Loaded>
    </AdminPage>
  );
}
