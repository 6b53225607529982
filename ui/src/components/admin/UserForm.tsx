import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type Account, changeUser, createUser, rolesQuery } from "../../services/people";
import { admin } from "../../words/admin";
import { people } from "../../words/people";
import { Field } from "./Field";
import { FormDialog } from "./FormDialog";

const w = people.user;
const STANDARD = ["Admin", "Op", "User", "Viewer"];

type Props = { old: Account | null; onClose: () => void; onMade: (name: string, password: string | undefined) => void };

/** Adds or edits an account. */
export function UserForm({ old, onClose, onMade }: Props) {
  const [name, setName] = useState(old?.username ?? "");
  const [fullName, setFullName] = useState(old?.full_name ?? "");
  const [email, setEmail] = useState(old?.email ?? "");
  const [chosen, setChosen] = useState<string[]>(old?.roles ?? ["Viewer"]);
  const [password, setPassword] = useState("");
  const [isActive, setActive] = useState(old?.is_active ?? true);
  const { data } = useQuery(rolesQuery);
  const known = data?.roles.map((role) => role.name) ?? STANDARD;
  const names = [...known, ...chosen.filter((one) => !known.includes(one))];
  const profile = { full_name: fullName || null, email: email || null };
  const save = async () => {
    if (old === null) return onMade(name, await createUser({ username: name, roles: chosen, ...profile, ...(password && { password }) }));
    // Roles end the sessions of the account: they are sent only when they differ.
    const isSame = [...chosen].sort().join("\n") === [...old.roles].sort().join("\n");
    await changeUser(name, { ...profile, is_active: isActive, ...(!isSame && { roles: chosen }) });
    onClose();
  };
  return (
    <FormDialog title={old ? admin.editOf(old.username) : w.new} onClose={onClose} isDisabled={name === ""} done={admin.saved(name)} onSave={save}>
      <Field label={w.name} value={name} onChange={setName} isReadOnly={old !== null} isRequired />
      <Field label={w.fullName} value={fullName} onChange={setFullName} />
      <Field label={w.email} value={email} onChange={setEmail} type="email" />
      <fieldset className="admin__fieldset">
        <legend>{w.roles}</legend>
        {names.map((role) => (
          <label key={role} className="checkline">
            <input type="checkbox" checked={chosen.includes(role)} onChange={(event) => setChosen(event.target.checked ? [...chosen, role] : chosen.filter((one) => one !== role))} /> {role}
          </label>
        ))}
        {chosen.length === 0 && <span className="field__hint">{w.noRoles}</span>}
      </fieldset>
      {old === null ? (
        <Field label={w.password} value={password} onChange={setPassword} type="password" autoComplete="new-password" hint={w.passwordHint} />
      ) : (
        <label className="checkline">
          <input type="checkbox" checked={isActive} onChange={(event) => setActive(event.target.checked)} /> {w.active}
        </label>
      )}
    </FormDialog>
  );
}
