import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Pencil, Plus, Trash2, Upload } from "lucide-react";
import { useState } from "react";

import { AdminPage, Loaded } from "../components/admin/AdminPage";
import { AdminTable } from "../components/admin/AdminTable";
import { ChosenBar, DeleteDialog, useChosen } from "../components/admin/Bulk";
import { ConnectionForm } from "../components/admin/ConnectionForm";
import { ImportDialog } from "../components/admin/ImportDialog";
import { SearchField } from "../components/lists/SearchField";
import { Notice } from "../components/Notice";
import { Pager } from "../components/Pager";
import { useMay } from "../hooks/useMay";
import { type Connection, connectionQuery, connectionsQuery, makeDefaultConnections, PAGE } from "../services/admin";
import { toasts } from "../services/toasts";
import { admin } from "../words/admin";

const w = admin.connection;

/** All connections; a form for each kind of them. */
export function ConnectionsPage() {
  const search = useSearch({ from: "/layout/admin/connections" });
  const navigate = useNavigate({ from: "/connections" });
  const change = (part: typeof search, replace = false) => void navigate({ search: (old) => ({ ...old, page: undefined, ...part }), replace });
  const read = useQuery({ ...connectionsQuery(search), enabled: useMay()("read", "Connections") === undefined });
  const { data } = read;
  const may = useMay();
  const [chosen, choose, clear] = useChosen(search.search);
  const [isImporting, setImporting] = useState(false);
  const [deleted, setDeleted] = useState<string[] | null>(null);
  const mayCreate = may("create", "Connections");
  const mayDelete = may("delete", "Connections");
  return (
    <AdminPage
      title={admin.tabs.connections}
      resource="Connections"
      note={data && admin.entries(data.total_entries)}
      actions={
        <>
          <button type="button" className="button" disabled={mayCreate !== undefined} title={mayCreate} onClick={() => setImporting(true)}>
            <Upload size={14} /> {admin.import}
          </button>
          <button type="button" className="button button--primary" disabled={mayCreate !== undefined} title={mayCreate} onClick={() => change({ add: true, page: search.page })}>
            <Plus size={14} /> {w.new}
          </button>
        </>
      }
    >
      <div className="admin__filter" role="search">
        <SearchField label={w.search} value={search.search ?? ""} onChange={(text) => change({ search: text || undefined }, true)} />
        <ChosenBar count={chosen.size} refusal={mayDelete} onDelete={() => setDeleted([...chosen])} onClear={clear} />
      </div>
      <Loaded of={read}>
        {data?.connections.length === 0 ? (
          search.search ? (
            <Notice title={admin.nothing} text={admin.nothingText} />
          ) : (
            <Notice title={w.emptyTitle} text={w.emptyText}>
              <button
                type="button"
                className="button"
                disabled={mayCreate !== undefined}
                title={mayCreate}
                onClick={() =>
                  void makeDefaultConnections().then(
                    () => toasts.tell(w.defaultsDone),
                    (error: unknown) => toasts.fail(error),
                  )
                }
              >
                {w.defaults}
              </button>
            </Notice>
          )
        ) : (
          <AdminTable<Connection>
            label={admin.tabs.connections}
            rows={data?.connections ?? []}
            keyOf={(row) => row.connection_id}
            isOld={read.isPlaceholderData}
            order={search.order ?? "connection_id"}
            onOrder={(order) => change({ order: order === "connection_id" ? undefined : order })}
            chosen={chosen}
            onChoose={choose}
            columns={[
              {
                name: "id",
                title: w.column.id,
                sort: "connection_id",
                cell: (row) => (
                  <button type="button" className="admin__open" onClick={() => change({ edit: row.connection_id, page: search.page })}>
                    {row.connection_id}
                  </button>
                ),
              },
              { name: "type", title: w.column.type, sort: "conn_type", cell: (row) => row.conn_type },
              { name: "host", title: w.column.host, sort: "host", cell: (row) => row.host },
              { name: "port", title: w.column.port, sort: "port", isNumber: true, isExtra: true, cell: (row) => row.port },
              { name: "login", title: w.column.login, isExtra: true, cell: (row) => row.login },
              { name: "description", title: w.column.description, sort: "description", isExtra: true, cell: (row) => row.description },
            ]}
            actions={(row) => (
              <>
                <button type="button" className="button button--plain button--icon button--small" aria-label={admin.editOf(row.connection_id)} title={admin.edit} onClick={() => change({ edit: row.connection_id, page: search.page })}>
                  <Pencil size={14} />
                </button>
                <button type="button" className="button button--plain button--icon button--small" aria-label={admin.deleteOf(row.connection_id)} disabled={mayDelete !== undefined} title={mayDelete ?? admin.delete} onClick={() => setDeleted([row.connection_id])}>
                  <Trash2 size={14} />
                </button>
              </>
            )}
          />
        )}
        <Pager page={search.page ?? 1} size={PAGE} total={data?.total_entries ?? 0} onPage={(page) => change({ page: page === 1 ? undefined : page })} />
      </Loaded>
      {search.add && <ConnectionForm old={null} onClose={() => change({ add: undefined, page: search.page })} />}
      {search.edit && <Edit id={search.edit} onClose={() => change({ edit: undefined, page: search.page })} />}
      {isImporting && <ImportDialog kind="connections" onClose={() => setImporting(false)} />}
      {deleted && (
        <DeleteDialog
          kind="connections"
          names={deleted}
          onClose={(isDone) => {
            setDeleted(null);
            if (isDone) clear();
          }}
        />
      )}
    </AdminPage>
  );
}

/** The form waits for the connection as it is now. */
function Edit({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, isFetching } = useQuery(connectionQuery(id));
  if (error && !data) {
    toasts.fail(error);
    onClose();
    return null;
  }
  return data && !isFetching ? <Frozen old={data} onClose={onClose} /> : null;
}

/** What is being edited does not change under the hands. */
function Frozen({ old, onClose }: { old: Connection; onClose: () => void }) {
  const [first] = useState(old);
  return <ConnectionForm old={first} onClose={onClose} />;
}
