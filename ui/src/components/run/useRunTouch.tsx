import { Eraser, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";

import { useMay } from "../../hooks/useMay";
import { toasts } from "../../services/toasts";
import { words } from "../../words";
import { MenuItem, MenuLabel } from "../Menu";
import { StateIcon } from "../StateIcon";
import { ClearRunDialog, DeleteRunDialog, MarkRunDialog, type RunMark } from "./RunDialogs";

export type RunAct = "clear" | "delete" | RunMark;
export const RUN_MARKS = ["success", "failed", "queued"] as const;

export type RunTouch = {
  open: (act: RunAct, runId: string) => void;
  /** Why this may not be done; undefined when it may. */
  whyNot: (act: RunAct) => string | undefined;
  dialog: ReactNode;
};

/** Clear, mark and delete runs of a DAG: one dialog for all buttons, menus and keys of a part of the page. */
export function useRunTouch(dagId: string, onDeleted?: (runId: string) => void): RunTouch {
  const may = useMay();
  const [at, setAt] = useState<{ act: RunAct; runId: string } | null>(null);
  const whyNot = (act: RunAct) => may(act === "delete" ? "delete" : "edit", "DAG Runs", dagId);
  const close = () => setAt(null);
  const dialog = at && { dagId, runId: at.runId, onClose: close };
  return {
    whyNot,
    open: (act, runId) => {
      const reason = whyNot(act);
      if (reason === undefined) setAt({ act, runId });
      else toasts.fail(reason);
    },
    dialog:
      at && dialog && (at.act === "clear" ? <ClearRunDialog {...dialog} /> : at.act === "delete" ? <DeleteRunDialog {...dialog} onDone={() => onDeleted?.(at.runId)} /> : <MarkRunDialog {...dialog} state={at.act} />),
  };
}

/** Everything that can be done with a run, as entries of a menu. */
export function RunItems({ touch, runId }: { touch: RunTouch; runId: string }) {
  const t = words.run;
  const [mayNotEdit, mayNotDelete] = [touch.whyNot("clear"), touch.whyNot("delete")];
  return (
    <>
      <MenuLabel>{runId}</MenuLabel>
      {mayNotEdit !== undefined && <MenuLabel>{mayNotEdit}</MenuLabel>}
      <MenuItem icon={<Eraser size={14} />} disabled={mayNotEdit !== undefined} onSelect={() => touch.open("clear", runId)}>
        {t.clear} …
      </MenuItem>
      <MenuLabel>{t.mark}</MenuLabel>
      <RunMarkItems touch={touch} runId={runId} />
      <MenuItem icon={<Trash2 size={14} />} disabled={mayNotDelete !== undefined} onSelect={() => touch.open("delete", runId)}>
        {t.delete}
      </MenuItem>
    </>
  );
}

export function RunMarkItems({ touch, runId }: { touch: RunTouch; runId: string }) {
  return RUN_MARKS.map((state) => (
    <MenuItem key={state} icon={<StateIcon state={state} round />} disabled={touch.whyNot(state) !== undefined} onSelect={() => touch.open(state, runId)}>
      {words.run.markState[state]}
    </MenuItem>
  ));
}
