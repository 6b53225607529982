import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Lock, Pencil, Plus, Trash2, Upload } from "lucide-react";
import { useState } from "react";

import { AdminPage, Loaded } from "../components/admin/AdminPage";
import { AdminTable } from "../components/admin/AdminTable";
import { ChosenBar, DeleteDialog, useChosen } from "../components/admin/Bulk";
import { ImportDialog } from "../components/admin/ImportDialog";
import { VariableForm } from "../components/admin/VariableForm";
import { SearchField } from "../components/lists/SearchField";
import { Notice } from "../components/Notice";
import { Pager } from "../components/Pager";
import { useMay } from "../hooks/useMay";
import { MASK, PAGE, type Variable, variablesQuery } from "../services/admin";
import { admin } from "../words/admin";

const w = admin.variable;

/** All variables. */
export function VariablesPage() {
  const search = useSearch({ from: "/layout/admin/variables" });
  const navigate = useNavigate({ from: "/variables" });
  const change = (part: typeof search, replace = false) => void navigate({ search: (old) => ({ ...old, page: undefined, ...part }), replace });
  const may = useMay();
  const read = useQuery({ ...variablesQuery(search), enabled: may("read", "Variables") === undefined });
  const { data } = read;
  const [chosen, choose, clear] = useChosen(search.search);
  const [form, setForm] = useState<Variable | "new" | "import" | null>(null);
  const [deleted, setDeleted] = useState<string[] | null>(null);
  const mayCreate = may("create", "Variables");
  const mayDelete = may("delete", "Variables");
  return (
    <AdminPage
      title={admin.tabs.variables}
      resource="Variables"
      note={data && admin.entries(data.total_entries)}
      actions={
        <>
          <button type="button" className="button" disabled={mayCreate !== undefined} title={mayCreate} onClick={() => setForm("import")}>
            <Upload size={14} /> {admin.import}
          </button>
          <button type="button" className="button button--primary" disabled={mayCreate !== undefined} title={mayCreate} onClick={() => setForm("new")}>
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
        {data?.variables.length === 0 ? (
          <Notice title={search.search ? admin.nothing : w.emptyTitle} text={search.search ? admin.nothingText : w.emptyText} />
        ) : (
          <AdminTable<Variable>
            label={admin.tabs.variables}
            rows={data?.variables ?? []}
            keyOf={(row) => row.key}
            isOld={read.isPlaceholderData}
            order={search.order ?? "key"}
            onOrder={(order) => change({ order: order === "key" ? undefined : order })}
            chosen={chosen}
            onChoose={choose}
            columns={[
              {
                name: "key",
                title: w.key,
                sort: "key",
                cell: (row) => (
                  <button type="button" className="admin__open" onClick={() => setForm(row)}>
                    {row.key}
                  </button>
                ),
              },
              { name: "value", title: w.value, cell: (row) => <Value value={row.value} /> },
              { name: "description", title: admin.description, sort: "description", isExtra: true, cell: (row) => row.description },
            ]}
            actions={(row) => (
              <>
                <button type="button" className="button button--plain button--icon button--small" aria-label={admin.editOf(row.key)} title={admin.edit} onClick={() => setForm(row)}>
                  <Pencil size={14} />
                </button>
                <button type="button" className="button button--plain button--icon button--small" aria-label={admin.deleteOf(row.key)} disabled={mayDelete !== undefined} title={mayDelete ?? admin.delete} onClick={() => setDeleted([row.key])}>
                  <Trash2 size={14} />
                </button>
              </>
            )}
          />
        )}
        <Pager page={search.page ?? 1} size={PAGE} total={data?.total_entries ?? 0} onPage={(page) => change({ page: page === 1 ? undefined : page })} />
      </Loaded>
      {form === "import" ? <ImportDialog kind="variables" onClose={() => setForm(null)} /> : form && <VariableForm old={form === "new" ? null : form} onClose={() => setForm(null)} />}
      {deleted && (
        <DeleteDialog
          kind="variables"
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

function Value({ value }: { value: string | null }) {
  if (value === MASK)
    return (
      <span className="quiet row" title={w.secret}>
        <Lock size={13} aria-hidden="true" /> ••••••<span className="sr-only">{w.secret}</span>
      </span>
    );
  return <span className="admin__value mono">{value}</span>;
}
