import { useQuery } from "@tanstack/react-query";
import { KeyRound, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { AdminPage, Loaded } from "../components/admin/AdminPage";
import { AdminTable } from "../components/admin/AdminTable";
import { FormDialog } from "../components/admin/FormDialog";
import { ShownOnce } from "../components/admin/ShownOnce";
import { UserForm } from "../components/admin/UserForm";
import { Moment } from "../components/Moment";
import { useMay } from "../hooks/useMay";
import { type Account, deleteUser, resetPassword, usersQuery } from "../services/people";
import { sessionQuery } from "../services/session";
import { admin } from "../words/admin";
import { people } from "../words/people";

const w = people.user;
type Doing = { what: "form"; user: Account | null } | { what: "reset" | "delete"; user: Account };
type Made = { name: string; password: string };

/** All accounts. */
export function UsersPage() {
  const may = useMay();
  const session = useQuery(sessionQuery);
  const read = useQuery({ ...usersQuery, enabled: may("read", "Users") === undefined });
  const rows = read.data?.users ?? [];
  const [doing, setDoing] = useState<Doing | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const mayCreate = may("create", "Users");
  const mayEdit = may("edit", "Users");
  const mayDelete = may("delete", "Users");
  const told = (name: string, password: string | undefined) => {
    setDoing(null);
    if (password) setMade({ name, password });
  };
  return (
    <AdminPage
      title={admin.tabs.users}
      resource="Users"
      note={read.data && admin.entries(rows.length)}
      actions={
        <button type="button" className="button button--primary" disabled={mayCreate !== undefined} title={mayCreate} onClick={() => setDoing({ what: "form", user: null })}>
          <Plus size={14} /> {w.new}
        </button>
      }
    >
      <Loaded of={read}>
        <AdminTable<Account>
          label={admin.tabs.users}
          rows={rows}
          keyOf={(row) => row.username}
          columns={[
            {
              name: "name",
              title: w.column.name,
              cell: (row) => (
                <>
                  <strong>{row.username}</strong> {row.username === session.data?.username && <span className="tag">{w.you}</span>}
                  <div className="quiet">{[row.full_name, row.email].filter(Boolean).join(" · ")}</div>
                </>
              ),
            },
            {
              name: "roles",
              title: w.column.roles,
              cell: (row) => (
                <span className="admin__roles">
                  {row.roles.map((role) => (
                    <span key={role} className="tag">
                      {role}
                    </span>
                  ))}
                </span>
              ),
            },
            { name: "state", title: w.column.state, isExtra: true, cell: stateOf },
            { name: "last", title: w.column.last, cell: (row) => (row.last_login_at ? <Moment at={row.last_login_at} relative /> : <span className="quiet">{w.never}</span>) },
          ]}
          actions={(row) => (
            <>
              <button type="button" className="button button--plain button--icon button--small" aria-label={admin.editOf(row.username)} disabled={mayEdit !== undefined} title={mayEdit ?? admin.edit} onClick={() => setDoing({ what: "form", user: row })}>
                <Pencil size={14} />
              </button>
              <button type="button" className="button button--plain button--icon button--small" aria-label={w.resetOf(row.username)} disabled={mayEdit !== undefined} title={mayEdit ?? w.reset} onClick={() => setDoing({ what: "reset", user: row })}>
                <KeyRound size={14} />
              </button>
              <button type="button" className="button button--plain button--icon button--small" aria-label={admin.deleteOf(row.username)} disabled={mayDelete !== undefined} title={mayDelete ?? admin.delete} onClick={() => setDoing({ what: "delete", user: row })}>
                <Trash2 size={14} />
              </button>
            </>
          )}
        />
      </Loaded>
      {doing?.what === "form" && <UserForm old={doing.user} onClose={() => setDoing(null)} onMade={told} />}
      {doing?.what === "reset" && (
        <FormDialog title={w.resetOf(doing.user.username)} save={w.reset} isDanger onClose={() => setDoing(null)} onSave={async () => told(doing.user.username, await resetPassword(doing.user.username))}>
          <p>{w.resetText}</p>
        </FormDialog>
      )}
      {doing?.what === "delete" && (
        <FormDialog
          title={w.deleteTitle(doing.user.username)}
          save={admin.delete}
          isDanger
          done={admin.deleted(1)}
          onClose={() => setDoing(null)}
          onSave={async () => {
            await deleteUser(doing.user.username);
            setDoing(null);
          }}
        >
          <p>{w.deleteText}</p>
        </FormDialog>
      )}
      {made && <ShownOnce title={w.made(made.name)} text={w.madeText} secret={made.password} onClose={() => setMade(null)} />}
    </AdminPage>
  );
}

function stateOf(row: Account): string {
  const found = [row.is_active ? null : w.states.off, row.must_change_password ? w.states.change : null, row.is_external ? w.states.external : null].filter(Boolean);
  return found.length ? found.join(" · ") : w.states.active;
}
