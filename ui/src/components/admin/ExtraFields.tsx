import { type ExtraField, MASK } from "../../services/admin";
import { Field } from "./Field";
import { SecretField } from "./SecretField";

type Props = { fields: Record<string, ExtraField>; extra: string | null; old: string | null; onChange: (extra: string | null) => void };

function parsed(text: string | null): Record<string, unknown> | null {
  if (!text?.trim()) return {};
  try {
    const found = JSON.parse(text) as unknown;
    return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

const typesOf = ({ schema: { type } }: ExtraField): string[] => (type === undefined ? ["string"] : typeof type === "string" ? [type] : type);

/** Fields of a provider that are kept in `extra`; what they hold and the JSON below are one and the same. */
export function ExtraFields({ fields, extra, old, onChange }: Props) {
  const now = parsed(extra);
  // While the JSON is being typed the fields have nothing to say.
  if (now === null) return null;
  const before = parsed(old) ?? {};
  const put = (name: string, value: unknown) => {
    const next = { ...now };
    if (value === undefined) delete next[name];
    else next[name] = value;
    onChange(Object.keys(next).length ? JSON.stringify(next, null, 2) : null);
  };
  return (
    <div className="admin__grid">
      {Object.entries(fields).map(([name, field]) => {
        const { schema, description } = field;
        const types = typesOf(field);
        const label = schema.title ?? name;
        const value = now[name] ?? "";
        const hint = description ?? undefined;
        if (schema.format === "password")
          return (
            <SecretField
              key={name}
              label={label}
              placeholder={schema.examples?.[0]}
              hasOld={before[name] === MASK}
              isKept={value === MASK}
              value={value === MASK ? "" : String(value)}
              onChange={(next, isKept) => put(name, isKept ? MASK : next || undefined)}
            />
          );
        if (types.includes("boolean"))
          return (
            <div key={name} className="field">
              <label className="checkline">
                <input type="checkbox" checked={value === true || value === "true"} onChange={(event) => put(name, event.target.checked || undefined)} /> {label}
              </label>
              {hint && <span className="field__hint">{hint}</span>}
            </div>
          );
        const isNumber = types.includes("integer") || types.includes("number");
        const write = (text: string) => put(name, text === "" ? undefined : isNumber && Number.isFinite(Number(text)) ? Number(text) : text);
        const options = schema.enum && [["", ""] as const, ...schema.enum.map((one) => [String(one), String(one)] as const)];
        return (
          <Field
            key={name}
            label={label}
            hint={hint}
            placeholder={schema.examples?.[0]}
            value={typeof value === "object" ? JSON.stringify(value) : String(value)}
            onChange={write}
            {...(schema.format === "multiline" && { lines: 3 })}
            {...(options && { options })}
          />
        );
      })}
    </div>
  );
}
