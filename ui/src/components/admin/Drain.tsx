import { CircleEllipsis, CirclePause, Hourglass } from "lucide-react";
import { useState } from "react";

import { useMay } from "../../hooks/useMay";
import { drainEngine, type Process } from "../../services/admin";
import { toasts } from "../../services/toasts";
import { admin } from "../../words/admin";
import { FormDialog } from "./FormDialog";

const w = admin.worker;
const ICONS = { asked: CircleEllipsis, draining: Hourglass, drained: CirclePause };

/** Tasks whose processes it has, or that were handed to them. */
const held = (row: Process) => row.running + row.queued;

/** How far an engine is that starts no task any more. */
export function DrainMark({ row }: { row: Process }) {
  if (row.drain === null) return null;
  const Icon = ICONS[row.drain];
  return (
    <span className="admin__drain" data-drain={row.drain}>
      <Icon size={14} aria-hidden="true" /> {w.drain[row.drain](held(row))}
    </span>
  );
}

/** Drains an engine after a question, or ends its drain at once. */
export function DrainButton({ row, onAsk }: { row: Process; onAsk: () => void }) {
  const refusal = useMay()("edit", "Jobs");
  const [isBusy, setBusy] = useState(false);
  if (row.kind !== "scheduler") return null;
  const isDrained = row.drain !== null;
  const why = row.stopped_at === null ? refusal : w.ended;
  const end = async () => {
    setBusy(true);
    try {
      await drainEngine(row.id, false);
      toasts.tell(w.resumed(row.id));
    } catch (error) {
      toasts.fail(error);
    }
    setBusy(false);
  };
  return (
    <button type="button" className="button button--small" aria-label={isDrained ? w.endDrainOf(row.id) : w.drainOf(row.id)} disabled={why !== undefined || isBusy} title={why} onClick={isDrained ? () => void end() : onAsk}>
      {isDrained ? w.endDrain : w.drainDo}
    </button>
  );
}

/** Says what happens when an engine is drained, and asks. */
export function DrainDialog({ row, all, onClose }: { row: Process; all: Process[]; onClose: () => void }) {
  const others = all.filter((one) => one.kind === "scheduler" && one.id !== row.id && (one.health === "healthy" || one.health === "stalled") && one.drain === null);
  return (
    <FormDialog
      title={w.drainTitle}
      save={w.drainDo}
      done={w.drained(row.id)}
      onClose={onClose}
      onSave={async () => {
        await drainEngine(row.id, true);
        onClose();
      }}
    >
      <p className="mono admin__long">{row.id}</p>
      <ul className="admin__points">
        <li>{w.drainStarts}</li>
        <li>{w.drainRuns(held(row))}</li>
        <li>{others.length > 0 ? w.drainOthers(others.length) : w.drainAlone}</li>
        <li>{w.drainLasts}</li>
      </ul>
    </FormDialog>
  );
}
