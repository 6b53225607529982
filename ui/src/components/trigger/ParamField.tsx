import { useId, useState } from "react";

import type { Param, ParamSchema } from "../../services/types";
import { words } from "../../words";
import { formWords } from "../../words/forms";
import { zoneName } from "../../words/times";
import { zones } from "../../words/zones";
import { Markdown } from "../Markdown";
import { fieldKind, fromText, isNullable, optionsOf, problemOf, toText } from "./schema";

type Props = {
  param: Param;
  value: unknown;
  problem: string | undefined;
  onChange: (value: unknown, problem: string | undefined) => void;
};

/** One parameter of a DAG as the input that fits its schema; nothing for one that cannot be chosen. */
export function ParamField({ param, value, problem, onChange }: Props) {
  const id = useId();
  const kind = fieldKind(param);
  const { schema } = param;
  const label = schema.title ?? param.name;
  // What is typed may not be a value yet ("12." or half a JSON), so the text is kept beside the value.
  const [text, setText] = useState(() => toText(kind, value, zoneName()));
  const type = (next: string) => {
    setText(next);
    const parsed = fromText(kind, next, schema, zoneName());
    if ("problem" in parsed) onChange(undefined, parsed.problem);
    else onChange(parsed.value, undefined);
  };
  if (kind === "hidden") return null;
  const common = {
    id,
    className: "input",
    "aria-invalid": problem !== undefined,
    "aria-describedby": `${id}-hint`,
    "aria-required": param.required || undefined,
  };
  const below = (
    <div id={`${id}-hint`} className="param__below">
      {problem && <span className="field__error">{problem}</span>}
      <Hint param={param} extra={kind === "lines" ? words.trigger.onePerLine : kind === "date-time" ? zones.entered(zoneName()) : undefined} />
    </div>
  );
  if (kind === "boolean") {
    return (
      <div className="field">
        <label className="checkline">
          <input type="checkbox" aria-describedby={`${id}-hint`} checked={value === true} onChange={(event) => onChange(event.target.checked, undefined)} /> {label}
        </label>
        {below}
      </div>
    );
  }
  if (kind === "multi") {
    const chosen = new Set((Array.isArray(value) ? value : []).map((one) => JSON.stringify(one)));
    const pick = (one: unknown, on: boolean) => {
      const next = optionsOf(schema).filter((option) => (JSON.stringify(option) === JSON.stringify(one) ? on : chosen.has(JSON.stringify(option))));
      const found = next.length === 0 && isNullable(schema) ? null : next;
      onChange(found, problemOf(found, schema));
    };
    return (
      <fieldset className="field param__multi" aria-describedby={`${id}-hint`} aria-invalid={problem !== undefined || undefined}>
        <legend className="label">{label}</legend>
        {optionsOf(schema).map((one) => (
          <label key={JSON.stringify(one)} className="checkline">
            <input type="checkbox" checked={chosen.has(JSON.stringify(one))} onChange={(event) => pick(one, event.target.checked)} /> {nameOf(one, schema)}
          </label>
        ))}
        {below}
      </fieldset>
    );
  }
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {param.required && <span aria-hidden="true"> *</span>}
      </label>
      {kind === "choice" ? (
        <Choice {...common} schema={schema} value={value} onPick={(next) => onChange(next, undefined)} />
      ) : kind === "multiline" || kind === "lines" || kind === "json" ? (
        <textarea {...common} className={kind === "json" ? "input mono" : "input"} rows={Math.min(10, Math.max(3, text.split("\n").length))} spellCheck={false} value={text} onChange={(event) => type(event.target.value)} />
      ) : (
        <input {...common} type={kind === "date-time" ? "datetime-local" : kind === "number" ? "text" : kind} inputMode={kind === "number" ? "decimal" : undefined} step={kind === "date-time" || kind === "time" ? 1 : undefined} list={schema.examples ? `${id}-list` : undefined} value={text} onChange={(event) => type(event.target.value)} />
      )}
      {schema.examples && kind !== "choice" && (
        <datalist id={`${id}-list`}>
          {schema.examples.map((one) => (
            <option key={String(one)} value={String(one)} label={schema.values_display?.[String(one)]} />
          ))}
        </datalist>
      )}
      {below}
    </div>
  );
}

/** What the author says of it, and the limits of its value. */
function Hint({ param: { schema, description }, extra }: { param: Param; extra: string | undefined }) {
  const { minimum, maximum } = schema;
  const limits =
    minimum !== undefined && maximum !== undefined ? formWords.between(minimum, maximum) : minimum !== undefined ? formWords.atLeast(minimum) : maximum !== undefined ? formWords.atMost(maximum) : undefined;
  const rest = [extra, limits].filter(Boolean).join(" · ");
  const markdown = typeof schema.description_md === "string" ? schema.description_md : null;
  const plain = description ?? schema.description;
  return (
    <>
      {plain ? <span className="field__hint">{plain}</span> : markdown && <div className="field__hint"><Markdown text={markdown} /></div>}
      {rest && <span className="field__hint">{rest}</span>}
    </>
  );
}

function nameOf(one: unknown, schema: ParamSchema): string {
  if (one === null) return formWords.nothingChosen;
  if (typeof one === "boolean" && schema.enum === undefined) return one ? formWords.yes : formWords.no;
  return schema.values_display?.[String(one)] ?? (typeof one === "object" ? JSON.stringify(one) : String(one));
}

type ChoiceProps = { id: string; className: string; schema: ParamSchema; value: unknown; onPick: (value: unknown) => void };

function Choice({ schema, value, onPick, ...rest }: ChoiceProps) {
  const options = optionsOf(schema);
  const all = isNullable(schema) && !options.includes(null) ? [null, ...options] : options;
  const at = all.findIndex((one) => JSON.stringify(one) === JSON.stringify(value));
  return (
    <select {...rest} value={at} onChange={(event) => onPick(all[Number(event.target.value)])}>
      {at === -1 && <option value={-1} />}
      {all.map((one, i) => (
        <option key={i} value={i}>
          {nameOf(one, schema)}
        </option>
      ))}
    </select>
  );
}
