import { useId, useState } from "react";

import type { Param } from "../../services/types";
import { words } from "../../words";
import { fieldKind, fromText, isNullable, toText } from "./schema";

type Props = {
  param: Param;
  value: unknown;
  problem: string | undefined;
  onChange: (value: unknown, problem: string | undefined) => void;
};

/** One parameter of a DAG as the input that fits its schema. */
export function ParamField({ param, value, problem, onChange }: Props) {
  const id = useId();
  const kind = fieldKind(param);
  const { schema } = param;
  const label = schema.title ?? param.name;
  const hint = [param.description ?? schema.description, kind === "lines" ? words.trigger.onePerLine : undefined].filter(Boolean).join(" · ");
  // What is typed may not be a value yet ("12." or half a JSON), so the text is kept beside the value.
  const [text, setText] = useState(() => toText(kind, value));
  const type = (next: string) => {
    setText(next);
    const parsed = fromText(kind, next, schema);
    if ("problem" in parsed) onChange(undefined, parsed.problem);
    else onChange(parsed.value, undefined);
  };
  const common = {
    id,
    className: "input",
    "aria-invalid": problem !== undefined,
    "aria-describedby": `${id}-hint`,
    "aria-required": param.required || undefined,
  };
  if (kind === "boolean") {
    return (
      <div className="field">
        <label className="checkline">
          <input type="checkbox" checked={value === true} onChange={(event) => onChange(event.target.checked, undefined)} /> {label}
        </label>
        {hint && <span className="field__hint">{hint}</span>}
      </div>
    );
  }
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {param.required && <span aria-hidden="true"> *</span>}
      </label>
      {kind === "choice" ? (
        <Choice {...common} options={schema.enum ?? []} names={schema.values_display} nullable={isNullable(schema)} value={value} onPick={(next) => onChange(next, undefined)} />
      ) : kind === "multiline" || kind === "lines" || kind === "json" ? (
        <textarea {...common} className={kind === "json" ? "input mono" : "input"} rows={Math.min(10, Math.max(3, text.split("\n").length))} spellCheck={false} value={text} onChange={(event) => type(event.target.value)} />
      ) : (
        <input {...common} type={kind === "date-time" ? "datetime-local" : kind === "number" ? "text" : kind} inputMode={kind === "number" ? "decimal" : undefined} step={kind === "date-time" || kind === "time" ? 1 : undefined} list={schema.examples ? `${id}-list` : undefined} value={text} onChange={(event) => type(event.target.value)} />
      )}
      {schema.examples && (
        <datalist id={`${id}-list`}>
          {schema.examples.map((one) => (
            <option key={String(one)} value={String(one)} />
          ))}
        </datalist>
      )}
      {(problem ?? hint) && (
        <span id={`${id}-hint`} className={problem ? "field__error" : "field__hint"}>
          {problem ?? hint}
        </span>
      )}
    </div>
  );
}

type ChoiceProps = { id: string; className: string; options: unknown[]; names: Record<string, string> | undefined; nullable: boolean; value: unknown; onPick: (value: unknown) => void };

function Choice({ options, names, nullable, value, onPick, ...rest }: ChoiceProps) {
  const all = nullable && !options.includes(null) ? [null, ...options] : options;
  const at = all.findIndex((one) => JSON.stringify(one) === JSON.stringify(value));
  return (
    <select {...rest} value={at} onChange={(event) => onPick(all[Number(event.target.value)])}>
      {at === -1 && <option value={-1} />}
      {all.map((one, i) => (
        <option key={i} value={i}>
          {one === null ? words.common.dash : (names?.[String(one)] ?? String(one))}
        </option>
      ))}
    </select>
  );
}
