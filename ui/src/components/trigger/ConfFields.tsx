import "../../styles/forms.css";

import { useState } from "react";

import type { Param } from "../../services/types";
import { words } from "../../words";
import { formWords } from "../../words/forms";
import { ParamField } from "./ParamField";
import { problemsOf } from "./schema";

export type Conf = Record<string, unknown>;
export type ConfForm = {
  params: readonly Param[];
  conf: Conf;
  problems: Record<string, string | undefined>;
  /** The text while it is edited as JSON, null while it is a form. */
  text: string | null;
  /** Counts the times that all values were put in anew. */
  round: number;
  /** What would be sent, or null when something is wrong with it; then the places of the faults show it. */
  read: () => Conf | null;
  isBad: boolean;
  fill: (conf: Conf) => void;
  blame: (name: string, problem: string) => void;
  put: (name: string, value: unknown, problem: string | undefined) => void;
  type: (text: string) => void;
  asForm: () => void;
  asJson: () => void;
};

export const defaultsOf = (params: readonly Param[]): Conf =>
  Object.fromEntries(params.map((param) => [param.name, "const" in param.schema && param.value === null ? param.schema.const : param.value]).filter(([, value]) => value !== undefined)) as Conf;

/** The configuration of a run while it is made up: as a form of the parameters, or as JSON. */
export function useConf(params: readonly Param[], first: Conf = {}): ConfForm {
  // A parameter without a default has nothing to show yet.
  const empty = () => Object.fromEntries(Object.entries(defaultsOf(params)).filter(([name]) => !params.find((param) => param.name === name)?.required || name in first));
  const [conf, setConf] = useState<Conf>(() => ({ ...empty(), ...first }));
  const [problems, setProblems] = useState<Record<string, string | undefined>>({});
  const [text, setText] = useState<string | null>(params.length === 0 ? JSON.stringify(first, null, 2) : null);
  const [round, setRound] = useState(0);
  const json = text === null ? null : readConf(text);
  const isBad = json === null ? Object.values(problems).some((problem) => problem !== undefined) : typeof json === "string";
  return {
    params,
    conf,
    problems,
    text,
    round,
    isBad,
    read: () => {
      if (json !== null) return typeof json === "string" ? null : json;
      const found = { ...problems, ...problemsOf(params, conf) };
      setProblems(found);
      return Object.values(found).some((problem) => problem !== undefined) ? null : conf;
    },
    fill: (next) => {
      const all = { ...empty(), ...next };
      setConf(all);
      setProblems({});
      setRound((old) => old + 1);
      setText((old) => (old === null ? null : JSON.stringify(all, null, 2)));
    },
    blame: (name, problem) => setProblems((old) => ({ ...old, [name]: problem })),
    put: (name, value, problem) => {
      setConf((old) => ({ ...old, [name]: value }));
      setProblems((old) => ({ ...old, [name]: problem }));
    },
    type: setText,
    asForm: () => {
      if (json !== null && typeof json !== "string") setConf(json);
      setProblems({});
      setRound((old) => old + 1);
      setText(null);
    },
    asJson: () => setText(JSON.stringify(conf, null, 2)),
  };
}

/** The fields of a configuration. `id` tells apart the fields of several forms. */
export function ConfFields({ form, id }: { form: ConfForm; id: string }) {
  const { params, text } = form;
  const t = words.trigger;
  const json = text === null ? null : readConf(text);
  const extra = Object.keys(form.conf).filter((name) => !params.some((param) => param.name === name));
  return (
    <>
      {params.length > 0 && (
        <div className="segments trigger__mode" role="group">
          <button type="button" className="segment" aria-pressed={text === null} disabled={typeof json === "string"} onClick={form.asForm}>
            {t.form}
          </button>
          <button type="button" className="segment" aria-pressed={text !== null} disabled={text === null && form.isBad} onClick={form.asJson}>
            {t.json}
          </button>
        </div>
      )}
      {text === null ? (
        <>
          {sectionsOf(params).map(([section, some]) =>
            section === "" ? (
              some.map((param) => <Field key={`${param.name} ${form.round}`} form={form} param={param} />)
            ) : (
              <details key={section} className="param__section" open>
                <summary>{section}</summary>
                {some.map((param) => (
                  <Field key={`${param.name} ${form.round}`} form={form} param={param} />
                ))}
              </details>
            ),
          )}
          {extra.length > 0 && <p className="field__hint">{formWords.extraKeys(extra.join(", "))}</p>}
        </>
      ) : (
        <div className="field">
          <label htmlFor={id}>{t.conf}</label>
          <textarea id={id} className="input mono" rows={Math.min(16, Math.max(4, text.split("\n").length))} spellCheck={false} value={text} aria-invalid={typeof json === "string"} onChange={(event) => form.type(event.target.value)} />
          {typeof json === "string" ? <span className="field__error">{json}</span> : params.length === 0 && <span className="field__hint">{t.noParams}</span>}
          {Object.entries(form.problems).map(
            ([name, problem]) =>
              problem !== undefined && (
                <span key={name} className="field__error" role="alert">
                  {name}: {problem}
                </span>
              ),
          )}
        </div>
      )}
    </>
  );
}

function Field({ form, param }: { form: ConfForm; param: Param }) {
  return <ParamField param={param} value={form.conf[param.name]} problem={form.problems[param.name]} onChange={(value, problem) => form.put(param.name, value, problem)} />;
}

/** Parameters by section, those without one first; each in the order of the DAG. */
function sectionsOf(params: readonly Param[]): [string, Param[]][] {
  const found = new Map<string, Param[]>([["", []]]);
  for (const param of params) {
    const section = typeof param.schema.section === "string" ? param.schema.section : "";
    found.set(section, [...(found.get(section) ?? []), param]);
  }
  return [...found];
}

/** The configuration in a text; a sentence when it is none. */
export function readConf(text: string): Conf | string {
  let value: unknown;
  try {
    value = JSON.parse(text.trim() === "" ? "{}" : text);
  } catch {
    return words.trigger.notJson;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Conf) : words.trigger.notObject;
}
