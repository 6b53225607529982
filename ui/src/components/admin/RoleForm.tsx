import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";

import { useMay } from "../../hooks/useMay";
import { dagNamesQuery } from "../../services/dags";
import { effects, join, OF_DAGS, onDag } from "../../services/effective";
import { type Permission, type Role, type Roles, saveRole } from "../../services/people";
import { admin } from "../../words/admin";
import { people } from "../../words/people";
import { Field } from "./Field";
import { FormDialog } from "./FormDialog";

const w = people.role;
const keyOf = (action: string, resource: string) => `${action} ${resource}`;

/** The permissions of a role: a table for the whole installation, one for each DAG, and what they come to. */
export function RoleForm({ old, all, onClose }: { old: Role | null; all: Roles; onClose: () => void }) {
  const [name, setName] = useState(old?.name ?? "");
  const [has, setHas] = useState<ReadonlySet<string>>(() => setOf(old?.permissions ?? []));
  const [dags, setDags] = useState<string[]>(() => [...new Set(effects(old?.permissions ?? []).flatMap(({ dag }) => (dag === null ? [] : [dag])))].sort());
  const refusal = old?.is_standard ? w.standard : useMay()(old ? "edit" : "create", "Roles");
  const permissions = [...has].map((key): Permission => ({ action: key.slice(0, key.indexOf(" ")), resource: key.slice(key.indexOf(" ") + 1) }));
  const toggle = (key: string, on: boolean) =>
    setHas((before) => {
      const next = new Set(before);
      on ? next.add(key) : next.delete(key);
      return next;
    });
  const matrix = (dag: string | null) => (
    <table className="list admin__matrix">
      <thead>
        <tr>
          <th scope="col">{w.resource}</th>
          {all.actions.map((action) => (
            <th key={action} scope="col">
              {w.verbs[action] ?? action}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {all.resources
          .filter((resource) => dag === null || OF_DAGS.has(resource))
          .map((resource) => (
            <tr key={resource}>
              <th scope="row">{resource}</th>
              {all.actions.map((action) => {
                const key = keyOf(action, join(resource, dag));
                return (
                  <td key={action}>
                    <input type="checkbox" aria-label={`${w.verbs[action] ?? action} ${join(resource, dag)}`} checked={has.has(key)} disabled={refusal !== undefined} onChange={(event) => toggle(key, event.target.checked)} />
                  </td>
                );
              })}
            </tr>
          ))}
      </tbody>
    </table>
  );
  return (
    <FormDialog
      title={old ? (refusal ? old.name : admin.editOf(old.name)) : w.new}
      onClose={onClose}
      wide
      isDisabled={name === "" || refusal !== undefined}
      done={admin.saved(name)}
      onSave={async () => {
        await saveRole(name, permissions, old === null);
        onClose();
      }}
    >
      {refusal && <p className="field__hint">{refusal}</p>}
      {!old && (
        <div className="admin__grid">
          <Field label={w.name} value={name} onChange={setName} isRequired />
          <Field
            label={w.copy}
            value=""
            onChange={(from) => setHas(setOf(all.roles.find((role) => role.name === from)?.permissions ?? []))}
            options={[["", ""], ...all.roles.map((role) => [role.name, role.name] as const)]}
          />
        </div>
      )}
      <Preview permissions={permissions} />
      <section>
        <h3>{w.all}</h3>
        {matrix(null)}
      </section>
      {dags.map((dag) => (
        <section key={dag}>
          <h3>{dag}</h3>
          {matrix(dag)}
        </section>
      ))}
      {refusal === undefined && <AddDag onAdd={(dag) => setDags((before) => (before.includes(dag) ? before : [...before, dag]))} />}
    </FormDialog>
  );
}

const setOf = (permissions: Permission[]): ReadonlySet<string> => new Set(permissions.map(({ action, resource }) => keyOf(action, resource)));

function AddDag({ onAdd }: { onAdd: (dag: string) => void }) {
  const [dag, setDag] = useState("");
  const { data } = useQuery(dagNamesQuery(dag));
  return (
    <div className="row">
      <div className="grow">
        <Field label={`${w.perDag}: ${w.dagId}`} value={dag} onChange={setDag} suggestions={data?.dags.map((one) => one.dag_id) ?? []} />
      </div>
      <button
        type="button"
        className="button"
        disabled={dag === ""}
        onClick={() => {
          onAdd(dag);
          setDag("");
        }}
      >
        <Plus size={14} /> {w.addDag}
      </button>
    </div>
  );
}

/** By resource: what is really allowed, and what has no effect. */
function Preview({ permissions }: { permissions: Permission[] }) {
  const lines = new Map<string, { real: string[]; isVoid: string[] }>();
  for (const { action, resource, dag, isVoid } of effects(permissions)) {
    const key = OF_DAGS.has(resource) ? `${resource} · ${dag ?? w.everyDag}` : resource;
    const line = lines.get(key) ?? { real: [], isVoid: [] };
    lines.set(key, line);
    (isVoid ? line.isVoid : line.real).push(action);
  }
  const said = (actions: string[]) => actions.map((one) => w.verbs[one] ?? one).join(", ");
  return (
    <section>
      <h3>{w.preview}</h3>
      <p className="field__hint">{w.previewHint}</p>
      {lines.size === 0 ? (
        <p className="quiet">{w.nothing}</p>
      ) : (
        <dl className="facts admin__names" data-preview="" tabIndex={0}>
          {[...lines].sort(([a], [b]) => a.localeCompare(b)).map(([key, { real, isVoid }]) => (
            <div key={key} className="row">
              <dt className="grow">{key}</dt>
              <dd>
                {said(real)}
                {isVoid.length > 0 && (
                  <span className="field__error">
                    {" "}
                    {said(isVoid)} {w.needsDag([...new Set(isVoid.map(onDag))].map((one) => w.verbs[one]).join(", "))}
                  </span>
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
