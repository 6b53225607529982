import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useState } from "react";

import { useMay } from "../../hooks/useMay";
import { client } from "../../services/client";
import { dagQuery, setPaused } from "../../services/dags";
import { toasts } from "../../services/toasts";
import { earlierRunsQuery, manualRunQuery, trigger } from "../../services/trigger";
import type { DagHead } from "../../services/types";
import { words } from "../../words";
import { formWords } from "../../words/forms";
import { formatMoment, formatShort, zoneName } from "../../words/times";
import { zones } from "../../words/zones";
import { Dialog } from "../Dialog";
import { Problem, Skeleton } from "../Notice";
import { type Conf, ConfFields, useConf } from "./ConfFields";
import { aboutParam, localMoment, momentOf } from "./schema";

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
  const form = useConf(dag.params);
  const [logicalDate, setLogicalDate] = useState<string | null>(null);
  const [runId, setRunId] = useState("");
  const [note, setNote] = useState("");
  const [partition, setPartition] = useState("");
  const [unpause, setUnpause] = useState(false);
  const [isMore, setMore] = useState(false);
  const navigate = useNavigate();
  const mayNot = useMay()("create", "DAG Runs");

  const start = useMutation({
    mutationFn: async (given: Conf) => {
      const run = await trigger(dag.dag_id, {
        conf: given,
        logical_date: logicalDate === null ? new Date().toISOString() : momentOf(logicalDate, zoneName()),
        ...(runId && { dag_run_id: runId }),
        ...(note && { note }),
        ...(partition && { partition_key: partition }),
      });
      if (unpause) await setPaused(dag.dag_id, false);
      return run;
    },
    onSuccess: (run) => {
      void client.invalidateQueries({ queryKey: ["dags"] });
      void client.invalidateQueries({ queryKey: ["grid", dag.dag_id] });
      toasts.tell(words.trigger.started(run.dag_run_id));
      onClose();
      void navigate({ to: "/dags/$dagId/runs/$runId", params: { dagId: dag.dag_id, runId: run.dag_run_id } });
    },
    onError: (error) => {
      const about = aboutParam(error.message);
      if (about) form.blame(about.name, about.problem);
      else if (placeOf(error.message)) setMore(true);
    },
  });
  const submit = () => {
    const given = form.read();
    if (given !== null) start.mutate(given);
  };
  const message = start.error?.message ?? "";
  const place = aboutParam(message) ? "param" : placeOf(message);
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
          <button type="submit" className="button button--primary" disabled={form.isBad || start.isPending || mayNot !== undefined} title={mayNot}>
            <Play size={14} /> {start.isPending ? t.starting : t.start}
          </button>
        </>
      }
    >
      {mayNot !== undefined && <p className="banner banner--warn">{formWords.refused}</p>}
      {start.error && place === null && (
        <p className="banner" role="alert">
          {message}
        </p>
      )}
      <Earlier dagId={dag.dag_id} onPick={form.fill} />
      <ConfFields form={form} id="trigger-conf" />
      <details className="trigger__more" open={isMore} onToggle={(event) => setMore(event.currentTarget.open)}>
        <summary>{t.more}</summary>
        <div className="field">
          <label htmlFor="trigger-date">{t.logicalDate}</label>
          <input id="trigger-date" type="datetime-local" step={1} className="input" aria-invalid={place === "date"} value={logicalDate ?? localMoment(new Date().toISOString(), zoneName())} onChange={(event) => setLogicalDate(event.target.value)} />
          {place === "date" && <span className="field__error">{message}</span>}
          <span className="field__hint">
            {logicalDate ? <Interval dagId={dag.dag_id} at={momentOf(logicalDate, zoneName())} /> : t.logicalDateHint} {zones.entered(zoneName())}
          </span>
        </div>
        <div className="field">
          <label htmlFor="trigger-run">{t.runId}</label>
          <input id="trigger-run" className="input" aria-invalid={place === "run"} value={runId} onChange={(event) => setRunId(event.target.value)} />
          {place === "run" ? <span className="field__error">{message}</span> : <span className="field__hint">{t.runIdHint}</span>}
        </div>
        <div className="field">
          <label htmlFor="trigger-partition">{formWords.partition}</label>
          <input id="trigger-partition" className="input" value={partition} onChange={(event) => setPartition(event.target.value)} />
          <span className="field__hint">{formWords.partitionHint}</span>
        </div>
        <div className="field">
          <label htmlFor="trigger-note">{t.note}</label>
          <textarea id="trigger-note" className="input" rows={2} maxLength={1000} value={note} onChange={(event) => setNote(event.target.value)} />
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

/** The field that a sentence of the server is about. */
function placeOf(message: string): "run" | "date" | null {
  if (/run_id|run ID/.test(message)) return "run";
  return /logical date|logical_date/.test(message) ? "date" : null;
}

/** Configurations of earlier runs; nothing when there is none. */
function Earlier({ dagId, onPick }: { dagId: string; onPick: (conf: Conf) => void }) {
  const { data } = useQuery(earlierRunsQuery(dagId));
  if (!data?.length) return null;
  return (
    <div className="field">
      <label htmlFor="trigger-earlier">{formWords.earlier}</label>
      <select id="trigger-earlier" className="input" defaultValue="" onChange={(event) => onPick(data.find((run) => run.dag_run_id === event.target.value)?.conf ?? {})}>
        <option value="">{formWords.earlierNone}</option>
        {data.map((run) => (
          <option key={run.dag_run_id} value={run.dag_run_id}>
            {formatShort(run.run_after)} · {run.dag_run_id}
          </option>
        ))}
      </select>
      <span className="field__hint">{formWords.earlierHint}</span>
    </div>
  );
}

/** The data interval that a logical date gives. */
function Interval({ dagId, at }: { dagId: string; at: string | null }) {
  const { data, error } = useQuery({ ...manualRunQuery(dagId, at ?? ""), enabled: at !== null });
  if (error) return <>{error.message}</>;
  if (!data) return <>…</>;
  const { data_interval_start: start, data_interval_end: end } = data;
  if (start === null || end === null) return <>{formWords.intervalNone}</>;
  return <>{start === end ? formWords.intervalPoint(formatMoment(start)) : formWords.interval(formatMoment(start), formatMoment(end))}</>;
}
