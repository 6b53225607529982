import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { client } from "../../services/client";
import { clearRun, deleteRun, markRun } from "../../services/runs";
import { words } from "../../words";
import { Dialog } from "../Dialog";
import { TouchList } from "../task/TouchList";
import { Confirm } from "./Confirm";

export type RunMark = "success" | "failed" | "queued";
type Props = { dagId: string; runId: string; onClose: () => void };

function readAgain(dagId: string, runId: string): void {
  for (const queryKey of [["run", dagId, runId], ["grid", dagId], ["dags"], ["dag", dagId], ["instance", dagId, runId]])
    void client.invalidateQueries({ queryKey });
}

/** Clear tasks of a run: the list of what it touches comes first. */
export function ClearRunDialog({ dagId, runId, onClose }: Props) {
  const t = words.run;
  const [onlyFailed, setOnlyFailed] = useState(false);
  const preview = useQuery({
    queryKey: ["preview", "run", dagId, runId, onlyFailed],
    queryFn: () => clearRun(dagId, runId, { dryRun: true, onlyFailed }),
    gcTime: 0,
    staleTime: 0,
  });
  const clear = useMutation({
    mutationFn: () => clearRun(dagId, runId, { dryRun: false, onlyFailed }),
    onSuccess: () => {
      readAgain(dagId, runId);
      onClose();
    },
  });
  const touched = preview.data?.task_instances ?? [];
  const total = preview.data?.total_entries ?? touched.length;
  return (
    <Dialog
      title={t.clearTitle}
      onClose={onClose}
      wide
      onSubmit={() => clear.mutate()}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className="button button--primary" disabled={!preview.isSuccess || total === 0 || clear.isPending}>
            {t.clearDo(total)}
          </button>
        </>
      }
    >
      <div className="segments touch__options" role="group" aria-label={t.clearWhat}>
        {[false, true].map((failed) => (
          <button key={String(failed)} type="button" className="segment" aria-pressed={onlyFailed === failed} onClick={() => setOnlyFailed(failed)}>
            {failed ? t.clearFailed : t.clearAll}
          </button>
        ))}
      </div>
      <TouchList runId={runId} touched={touched} total={total} isPending={preview.isFetching} error={preview.error ?? clear.error} />
    </Dialog>
  );
}

export function MarkRunDialog({ dagId, runId, state, onClose }: Props & { state: RunMark }) {
  const t = words.run;
  return (
    <Confirm
      title={t.markTitle(t.markState[state])}
      text={t.markText[state]}
      action={t.markDo(t.markState[state])}
      onClose={onClose}
      work={async () => {
        await markRun(dagId, runId, state);
        readAgain(dagId, runId);
      }}
    />
  );
}

export function DeleteRunDialog({ dagId, runId, onClose, onDone }: Props & { onDone: () => void }) {
  const t = words.run;
  return (
    <Confirm
      title={t.deleteTitle}
      text={t.deleteText}
      action={t.deleteDo}
      isDanger
      onClose={onClose}
      work={async () => {
        await deleteRun(dagId, runId);
        onDone();
        client.removeQueries({ queryKey: ["run", dagId, runId] });
        void client.invalidateQueries({ queryKey: ["grid", dagId] });
        void client.invalidateQueries({ queryKey: ["dags"] });
      }}
    />
  );
}
