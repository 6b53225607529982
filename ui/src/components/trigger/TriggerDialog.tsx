import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useState } from "react";

import { client } from "../../services/client";
import { dagQuery, setPaused, trigger } from "../../services/dags";
import { toasts } from "../../services/toasts";
import type { DagHead } from "../../services/types";
import { words } from "../../words";
import { Dialog } from "../Dialog";
import { Problem, Skeleton } from "../Notice";
import { ParamField } from "./ParamField";
import { localMoment } from "./schema";

type Conf = Record<string, unknown>;

/** Start a run: its parameters as a form or as JSON, and the few things that seldom matter folded away. */
export function TriggerDialog({ dagId, onClose }: { dagId: string; onClose: () => void }) {
  const { data, error } = useQuery(dagQuery(dagId));
  if (data) return <Form dag={data} onClose={onClose} />;
  return (
    <Dialog title={words.trigger.title(dagId)} onClose={onClose}>
      {error ? <Problem error={error} small /> : <Skeleton lines={3} />}
    </Dialog>
  );
}

function Form({ dag, onClose }: { dag: DagHead; onClose: () => void }) {
  const [conf, setConf] = useState<Conf>(() => Object.fromEntries(dag.params.map((param) => [param.name, param.value])));
  const [problems, setProblems] = useState<Record<string, string | undefined>>({});
  const [asJson, setAsJson] = useState(dag.params.length === 0 ? "{}" : null as string | null);
  const [logicalDate, setLogicalDate] = useState<string | null>(null);
  const [runId, setRunId] = useState("");
  const [note, setNote] = useState("");
  const [unpause, setUnpause] = useState(false);
  const navigate = useNavigate();

  const start = useMutation({
    mutationFn: async (given: Conf) => {
      if (unpause) await setPaused(dag.dag_id, false);
      return trigger(dag.dag_id, {
        conf: given,
        logical_date: logicalDate === null ? new Date().toISOString() : logicalDate === "" ? null : new Date(logicalDate).toISOString(),
        ...(runId && { dag_run_id: runId }),
        ...(note && { note }),
      });
    },
    onSuccess: (run) => {
      void client.invalidateQueries({ queryKey: ["dags"] });
      void client.invalidateQueries({ queryKey: ["grid", dag.dag_id] });
      toasts.tell(words.trigger.started(run.dag_run_id));
      onClose();
      void navigate({ to: "/dags/$dagId/runs/$runId", params: { dagId: dag.dag_id, runId: run.dag_run_id } });
    },
  });

  const json = asJson === null ? null : readConf(asJson);
  const formProblem = Object.values(problems).some((problem) => problem !== undefined);
  const isBad = json === null ? formProblem : typeof json === "string";
  const submit = () => !isBad && start.mutate(json === null ? conf : (json as Conf));
  const showJson = () => setAsJson(JSON.stringify(conf, null, 2));
  const showForm = () => {
    if (json !== null && typeof json !== "string") setConf(json);
    setProblems({});
    setAsJson(null);
  };
  const t = words.trigger;
  return (
    <Dialog
      title={t.title(dag.display_name)}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className="button button--primary" disabled={isBad || start.isPending}>
            <Play size={14} /> {start.isPending ? t.starting : t.start}
          </button>
        </>
      }
    >
      {start.error && (
        <p className="banner" role="alert">
          {start.error.message}
        </p>
      )}
      {dag.params.length > 0 && (
        <div className="segments trigger__mode" role="group">
          <button type="button" className="segment" aria-pressed={asJson === null} disabled={typeof json === "string"} onClick={showForm}>
            {t.form}
          </button>
          <button type="button" className="segment" aria-pressed={asJson !== null} disabled={formProblem} onClick={showJson}>
            {t.json}
          </button>
        </div>
      )}
      {asJson === null ? (
        dag.params.map((param) => (
          <ParamField
            key={param.name}
            param={param}
            value={conf[param.name]}
            problem={problems[param.name]}
            onChange={(value, problem) => {
              setConf((old) => ({ ...old, [param.name]: value }));
              setProblems((old) => ({ ...old, [param.name]: problem }));
            }}
          />
        ))
      ) : (
        <div className="field">
          <label htmlFor="trigger-conf">{t.conf}</label>
          <textarea id="trigger-conf" className="input mono" rows={Math.min(16, Math.max(4, asJson.split("\n").length))} spellCheck={false} value={asJson} aria-invalid={typeof json === "string"} onChange={(event) => setAsJson(event.target.value)} />
          {typeof json === "string" ? <span className="field__error">{json}</span> : dag.params.length === 0 && <span className="field__hint">{t.noParams}</span>}
        </div>
      )}
      <details className="trigger__more">
        <summary>{t.more}</summary>
        <div className="field">
          <label htmlFor="trigger-date">{t.logicalDate}</label>
          <input id="trigger-date" type="datetime-local" step={1} className="input" value={logicalDate ?? localMoment(new Date().toISOString())} onChange={(event) => setLogicalDate(event.target.value)} />
          <span className="field__hint">{t.logicalDateHint}</span>
        </div>
        <div className="field">
          <label htmlFor="trigger-run">{t.runId}</label>
          <input id="trigger-run" className="input" value={runId} onChange={(event) => setRunId(event.target.value)} />
          <span className="field__hint">{t.runIdHint}</span>
        </div>
        <div className="field">
          <label htmlFor="trigger-note">{t.note}</label>
          <input id="trigger-note" className="input" maxLength={1000} value={note} onChange={(event) => setNote(event.target.value)} />
        </div>
      </details>
      {dag.is_paused && (
        <div className="field">
          <span className="field__hint">{t.pausedHint}</span>
          <label className="checkline">
            <input type="checkbox" checked={unpause} onChange={(event) => setUnpause(event.target.checked)} /> {t.unpause}
          </label>
        </div>
      )}
    </Dialog>
  );
}

/** The configuration in a text; a sentence when it is none. */
function readConf(text: string): Conf | string {
  let value: unknown;
  try {
    value = JSON.parse(text.trim() === "" ? "{}" : text);
  } catch {
    return words.trigger.notJson;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Conf) : words.trigger.notObject;
}
