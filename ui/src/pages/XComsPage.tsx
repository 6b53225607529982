import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { AdminPage, Loaded } from "../components/admin/AdminPage";
import { AdminTable } from "../components/admin/AdminTable";
import { Dialog } from "../components/Dialog";
import { SearchField } from "../components/lists/SearchField";
import { Moment } from "../components/Moment";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { Pager } from "../components/Pager";
import { PlainLink } from "../components/PlainLink";
import { PAGE, type XComRow, xcomsQuery, xcomValueQuery } from "../services/admin";
import { taskPlace } from "../services/places";
import { admin } from "../words/admin";

const w = admin.xcom;
const FILTERS = ["dag", "run", "task", "key"] as const;

/** All XComs; values are read one at a time. */
export function XComsPage() {
  const search = useSearch({ from: "/layout/admin/xcoms" });
  const navigate = useNavigate({ from: "/xcoms" });
  const change = (part: typeof search, replace = false) => void navigate({ search: (old) => ({ ...old, page: undefined, ...part }), replace });
  const read = useQuery(xcomsQuery(search));
  const { data } = read;
  const [shown, setShown] = useState<XComRow | null>(null);
  return (
    <AdminPage title={admin.tabs.xcoms} resource="XComs" note={data && admin.entries(data.total_entries)}>
      <div className="admin__filter" role="search">
        {FILTERS.map((name) => (
          <SearchField key={name} label={w.filter[name]} value={search[name] ?? ""} main={name === "dag"} onChange={(text) => change({ [name]: text || undefined }, true)} />
        ))}
      </div>
      <Loaded of={read}>
        {data?.total_entries === 0 ? (
          <Notice title={w.emptyTitle} text={w.emptyText} />
        ) : (
          <AdminTable<XComRow>
            label={admin.tabs.xcoms}
            rows={data?.xcom_entries ?? []}
            keyOf={(row) => `${row.dag_id} ${row.run_id} ${row.task_id} ${row.map_index} ${row.key}`}
            isOld={read.isPlaceholderData}
            columns={[
              {
                name: "key",
                title: w.column.key,
                cell: (row) => (
                  <button type="button" className="admin__open" title={w.show} onClick={() => setShown(row)}>
                    {row.key}
                  </button>
                ),
              },
              {
                name: "task",
                title: w.column.task,
                cell: (row) => (
                  <PlainLink href={taskPlace(row.dag_id, row.run_id, row.task_id, row.map_index)}>
                    {row.dag_id} · {row.task_id}
                    {row.map_index >= 0 && `[${row.map_index}]`} · {row.run_id}
                  </PlainLink>
                ),
              },
              { name: "at", title: w.column.at, cell: (row) => <Moment at={row.timestamp} relative /> },
            ]}
          />
        )}
        <Pager page={search.page ?? 1} size={PAGE} total={data?.total_entries ?? 0} onPage={(page) => change({ page: page === 1 ? undefined : page })} />
      </Loaded>
      {shown && <Value row={shown} onClose={() => setShown(null)} />}
    </AdminPage>
  );
}

function Value({ row, onClose }: { row: XComRow; onClose: () => void }) {
  const { data, error, refetch } = useQuery(xcomValueQuery(row));
  return (
    <Dialog title={w.value(row.key)} onClose={onClose} wide>
      {error ? (
        <Problem error={error} again={() => void refetch()} small />
      ) : data ? (
        <pre className="code" tabIndex={0}>
          {typeof data.value === "string" ? data.value : JSON.stringify(data.value, null, 2)}
        </pre>
      ) : (
        <Skeleton lines={3} />
      )}
    </Dialog>
  );
}
