import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Eye, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { AdminPage, Loaded } from "../components/admin/AdminPage";
import { AdminTable } from "../components/admin/AdminTable";
import { FormDialog } from "../components/admin/FormDialog";
import { RoleForm } from "../components/admin/RoleForm";
import { useMay } from "../hooks/useMay";
import { deleteRole, type Role, rolesQuery } from "../services/people";
import { admin } from "../words/admin";
import { people } from "../words/people";

const w = people.role;

/** Roles and what they allow. */
export function RolesPage() {
  const { role } = useSearch({ from: "/layout/admin/admin/roles" });
  const navigate = useNavigate({ from: "/admin/roles" });
  const may = useMay();
  const read = useQuery({ ...rolesQuery, enabled: may("read", "Roles") === undefined });
  const { data } = read;
  const [isNew, setNew] = useState(false);
  const [deleted, setDeleted] = useState<string | null>(null);
  const mayCreate = may("create", "Roles");
  const mayDelete = may("delete", "Roles");
  const open = (name: string | undefined) => void navigate({ search: name ? { role: name } : {} });
  const shown = data?.roles.find((one) => one.name === role);
  return (
    <AdminPage
      title={admin.tabs.roles}
      resource="Roles"
      note={data && admin.entries(data.roles.length)}
      actions={
        <button type="button" className="button button--primary" disabled={mayCreate !== undefined} title={mayCreate} onClick={() => setNew(true)}>
          <Plus size={14} /> {w.new}
        </button>
      }
    >
      <Loaded of={read}>
        <AdminTable<Role>
          label={admin.tabs.roles}
          rows={data?.roles ?? []}
          keyOf={(row) => row.name}
          columns={[
            {
              name: "name",
              title: w.name,
              cell: (row) => (
                <button type="button" className="admin__open" onClick={() => open(row.name)}>
                  {row.name}
                </button>
              ),
            },
            { name: "permissions", title: admin.description, cell: (row) => `${w.permissions(row.permissions.length)}${row.is_standard ? ` · ${w.standard}` : ""}` },
          ]}
          actions={(row) => (
            <>
              <button type="button" className="button button--plain button--icon button--small" aria-label={row.is_standard ? w.showOf(row.name) : admin.editOf(row.name)} title={row.is_standard ? w.show : admin.edit} onClick={() => open(row.name)}>
                {row.is_standard ? <Eye size={14} /> : <Pencil size={14} />}
              </button>
              <button type="button" className="button button--plain button--icon button--small" aria-label={admin.deleteOf(row.name)} disabled={row.is_standard || mayDelete !== undefined} title={row.is_standard ? w.standard : (mayDelete ?? admin.delete)} onClick={() => setDeleted(row.name)}>
                <Trash2 size={14} />
              </button>
            </>
          )}
        />
      </Loaded>
      {data && (isNew || shown) && (
        <RoleForm
          key={shown?.name ?? ""}
          old={shown ?? null}
          all={data}
          onClose={() => {
            setNew(false);
            if (role) open(undefined);
          }}
        />
      )}
      {deleted && (
        <FormDialog
          title={w.deleteTitle(deleted)}
          save={admin.delete}
          isDanger
          done={admin.deleted(1)}
          onClose={() => setDeleted(null)}
          onSave={async () => {
            await deleteRole(deleted);
            setDeleted(null);
          }}
        >
          <p>{w.deleteText}</p>
        </FormDialog>
      )}
    </AdminPage>
  );
}
