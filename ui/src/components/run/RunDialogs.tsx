import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { client } from "../../services/client";
import { clearRun, deleteRun, markRun, readTouched } from "../../services/runs";
import type { TouchedInstance } from "../../services/types";
import { words } from "../../words";
import { touchWords } from "../../words/touch";
import { Dialog } from "../Dialog";
import { NoteField } from "../task/NoteField";
import { TouchList } from "../touch/TouchList";

export type RunMark = "success" | "failed" | "queued";
type Props = { dagId: string; runId: string; onClose: () => void };

function readAgain(dagId: string, runId: string): void {
  for (const queryKey of [["run", dagId, runId], ["run_about", dagId, runId], ["grid", dagId], ["dags"], ["dag", dagId], ["instance", dagId, runId]])
    void client.invalidateQueries({ queryKey });
}

const WHICH = ["every", "onlyFailed", "onlyNew"] as const;
const NAMES = { every: words.run.clearAll, onlyFailed: words.run.clearFailed, onlyNew: touchWords.onlyNew };

/** Clear tasks of a run: the list of what it touches comes first. */
export function ClearRunDialog({ dagId, runId, onClose }: Props) {
  const [which, setWhich] = useState<(typeof WHICH)[number]>("every");
  const [isLatest, setIsLatest] = useState(false);
  const [note, setNote] = useState("");
  const options = { only_failed: which === "onlyFailed", only_new: which === "onlyNew", ...(isLatest && { run_on_latest_version: true as const }) };
  return (
    <Preview
      dagId={dagId}
      runId={runId}
      title={words.run.clearTitle}
      asked={["clear", options]}
      ask={() => clearRun(dagId, runId, true, options)}
      work={() => clearRun(dagId, runId, false, note ? { ...options, note } : options)}
      action={words.run.clearDo}
      needsSome
      undo={touchWords.undo.clear}
      onClose={onClose}
      onDone={() => readAgain(dagId, runId)}
    >
      <div className="segments touch__options" role="group" aria-label={words.run.clearWhat}>
        {WHICH.map((one) => (
          <button key={one} type="button" className="segment" aria-pressed={which === one} onClick={() => setWhich(one)}>
            {NAMES[one]}
          </button>
        ))}
      </div>
      <label className="checkline">
        <input type="checkbox" checked={isLatest || which === "onlyNew"} disabled={which === "onlyNew"} onChange={(event) => setIsLatest(event.target.checked)} /> {touchWords.latest}
      </label>
      <NoteField note={note} onNote={setNote} />
    </Preview>
  );
}

export function MarkRunDialog({ dagId, runId, state, onClose }: Props & { state: RunMark }) {
  const t = words.run;
  const [note, setNote] = useState("");
  const name = t.markState[state].toLowerCase();
  return (
    <Preview
      dagId={dagId}
      runId={runId}
      title={t.markTitle(t.markState[state])}
      asked={["mark", state]}
      ask={() => readTouched(dagId, runId, state)}
      work={() => markRun(dagId, runId, state, note)}
      action={(n) => (state === "queued" ? touchWords.queues(n) : touchWords.marksRun(n, name))}
      undo={touchWords.undo.mark}
      onClose={onClose}
      onDone={() => readAgain(dagId, runId)}
    >
      <p>{touchWords.markText[state]}</p>
      <NoteField note={note} onNote={setNote} />
    </Preview>
  );
}

export function DeleteRunDialog({ dagId, runId, onClose, onDone }: Props & { onDone?: () => void }) {
  return (
    <Preview
      dagId={dagId}
      runId={runId}
      title={words.run.deleteTitle}
      asked={["delete"]}
      ask={() => readTouched(dagId, runId, "delete")}
      work={() => deleteRun(dagId, runId)}
      action={touchWords.deletes}
      isDanger
      undo={touchWords.undo.delete}
      onClose={onClose}
      onDone={() => {
        onDone?.();
        // The panel is still there until its address has changed: what it reads would be read again, and be gone.
        client.removeQueries({ queryKey: ["run", dagId, runId], type: "inactive" });
        void client.invalidateQueries({ queryKey: ["grid", dagId] });
        void client.invalidateQueries({ queryKey: ["dags"] });
      }}
    >
      <p>{words.run.deleteText}</p>
    </Preview>
  );
}

type PreviewProps = Props & {
  title: string;
  /** What is asked for, as a key of the cache. */
  asked: unknown[];
  ask: () => Promise<{ task_instances?: TouchedInstance[]; total_entries?: number }>;
  work: () => Promise<unknown>;
  action: (n: number) => string;
  /** Without anything to change there is nothing to do. */
  needsSome?: boolean;
  isDanger?: boolean;
  undo: string;
  onDone: () => void;
  children: ReactNode;
};

/** An act on a run: what it will change is listed before it is done. */
function Preview({ dagId, runId, title, asked, ask, work, action, needsSome = false, isDanger = false, undo, onClose, onDone, children }: PreviewProps) {
  const doIt = useMutation({
    mutationFn: work,
    onSuccess: () => {
      onDone();
      onClose();
    },
  });
  // What is being done is told by the stream before its answer comes: nobody asks any more then what it would touch.
  const preview = useQuery({
    queryKey: ["preview", "run", dagId, runId, ...asked],
    queryFn: ask,
    enabled: doIt.isIdle || doIt.isError,
    gcTime: 0,
    staleTime: 0,
    placeholderData: (before) => before,
  });
  const touched = preview.data?.task_instances ?? [];
  const total = preview.data?.total_entries ?? touched.length;
  const isReady = preview.isSuccess && !preview.isPlaceholderData && (total > 0 || !needsSome);
  return (
    <Dialog
      title={`${title} · ${runId}`}
      onClose={onClose}
      wide
      onSubmit={() => isReady && doIt.mutate()}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className={isDanger ? "button button--danger" : "button button--primary"} disabled={!isReady || doIt.isPending}>
            {action(total)}
          </button>
        </>
      }
    >
      {children}
      <TouchList dagId={dagId} runId={runId} touched={touched} total={total} isPending={preview.isPending || preview.isPlaceholderData} error={preview.error ?? doIt.error} />
      <p className="quiet">{undo}</p>
    </Dialog>
  );
}
