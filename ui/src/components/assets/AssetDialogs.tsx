import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { type Asset, createEvent, materialize, putState } from "../../services/assets";
import { client } from "../../services/client";
import { toasts } from "../../services/toasts";
import { words } from "../../words";
import { assetWords } from "../../words/assets";
import { Dialog } from "../Dialog";
import { readConf } from "../trigger/ConfFields";

const again = () => client.invalidateQueries({ queryKey: ["assets"] });

type FrameProps = { title: string; text?: string; action: string; isOff: boolean; error: Error | null; onSubmit: () => void; onClose: () => void; children: ReactNode };

function Frame({ title, text, action, isOff, error, onSubmit, onClose, children }: FrameProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={() => !isOff && onSubmit()}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className="button button--primary" disabled={isOff}>
            {action}
          </button>
        </>
      }
    >
      {text && <p className="soft">{text}</p>}
      {error && (
        <p className="banner" role="alert">
          {error.message}
        </p>
      )}
      {children}
    </Dialog>
  );
}

function JsonField({ id, label, value, problem, onChange }: { id: string; label: string; value: string; problem: string | undefined; onChange: (text: string) => void }) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea id={id} className="input mono" rows={Math.min(12, Math.max(3, value.split("\n").length))} spellCheck={false} aria-invalid={problem !== undefined} value={value} onChange={(event) => onChange(event.target.value)} />
      {problem && <span className="field__error">{problem}</span>}
    </div>
  );
}

/** Say that the asset was updated. */
export function EventDialog({ asset, onClose }: { asset: Asset; onClose: () => void }) {
  const [text, setText] = useState("{}");
  const [partition, setPartition] = useState("");
  const extra = readConf(text);
  const send = useMutation({
    mutationFn: (given: Record<string, unknown>) => createEvent(asset.id, given, partition),
    onSuccess: () => {
      toasts.tell(assetWords.created);
      void again();
      onClose();
    },
  });
  const t = assetWords;
  return (
    <Frame title={t.createTitle(asset.name)} text={t.createText} action={t.createEvent} isOff={typeof extra === "string" || send.isPending} error={send.error} onSubmit={() => typeof extra !== "string" && send.mutate(extra)} onClose={onClose}>
      <JsonField id="event-extra" label={t.extraJson} value={text} problem={typeof extra === "string" ? extra : undefined} onChange={setText} />
      <div className="field">
        <label htmlFor="event-partition">{t.partition}</label>
        <input id="event-partition" className="input" value={partition} onChange={(event) => setPartition(event.target.value)} />
        <span className="field__hint">{t.partitionHint}</span>
      </div>
    </Frame>
  );
}

/** Run the DAG that makes the asset. */
export function MaterializeDialog({ asset, onClose }: { asset: Asset; onClose: () => void }) {
  const [text, setText] = useState("{}");
  const navigate = useNavigate();
  const conf = readConf(text);
  const send = useMutation({
    mutationFn: (given: Record<string, unknown>) => materialize(asset.id, given),
    onSuccess: (run) => {
      toasts.tell(assetWords.runStarted(run.dag_run_id));
      onClose();
      void navigate({ to: "/dags/$dagId/runs/$runId", params: { dagId: run.dag_id, runId: run.dag_run_id } });
    },
  });
  const t = assetWords;
  return (
    <Frame title={t.materializeTitle(asset.name)} text={t.materializeText} action={t.startRun} isOff={typeof conf === "string" || send.isPending} error={send.error} onSubmit={() => typeof conf !== "string" && send.mutate(conf)} onClose={onClose}>
      <JsonField id="materialize-conf" label={t.conf} value={text} problem={typeof conf === "string" ? conf : undefined} onChange={setText} />
    </Frame>
  );
}

/** One key of the state that is kept for an asset; `entry`: it exists already. */
export function StateDialog({ assetId, entry, onClose }: { assetId: string; entry: { key: string; value: unknown } | null; onClose: () => void }) {
  const [key, setKey] = useState(entry?.key ?? "");
  const [text, setText] = useState(() => (entry ? JSON.stringify(entry.value, null, 2) : ""));
  let problem: string | undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    problem = text === "" ? undefined : words.trigger.notJson;
  }
  const send = useMutation({
    mutationFn: () => putState(assetId, key, value),
    onSuccess: () => {
      void again();
      onClose();
    },
  });
  const t = assetWords;
  return (
    <Frame title={entry ? entry.key : t.stateAdd} action={t.save} isOff={key === "" || value === undefined || send.isPending} error={send.error} onSubmit={() => send.mutate()} onClose={onClose}>
      {!entry && (
        <div className="field">
          <label htmlFor="state-key">{t.stateKey}</label>
          <input id="state-key" className="input mono" value={key} onChange={(event) => setKey(event.target.value)} />
        </div>
      )}
      <JsonField id="state-value" label={t.stateValue} value={text} problem={problem} onChange={setText} />
    </Frame>
  );
}
