import {
  ArrowDownFromLine,
  Ban,
  Check,
  ChevronsRight,
  Clock,
  Hand,
  Hourglass,
  type LucideIcon,
  Minus,
  Pause,
  Play,
  RefreshCw,
  RotateCw,
  Timer,
  X,
} from "lucide-react";

import type { RunState, TaskState } from "../services/types";
import { words } from "../words";

const ICONS: Record<TaskState, LucideIcon> = {
  none: Minus,
  scheduled: Clock,
  queued: Hourglass,
  running: Play,
  restarting: RefreshCw,
  success: Check,
  failed: X,
  skipped: ChevronsRight,
  upstream_failed: ArrowDownFromLine,
  removed: Ban,
  up_for_retry: RotateCw,
  up_for_reschedule: Timer,
  deferred: Pause,
  awaiting_input: Hand,
};

export function stateText(state: TaskState | RunState): string {
  return words.taskState[state];
}

/** The icon alone; give the text beside it or as a label. */
export function StateIcon({ state, round = false }: { state: TaskState | RunState; round?: boolean }) {
  const Icon = ICONS[state];
  return (
    <span className={round ? "state__icon state__icon--run" : "state__icon"} data-state={state} aria-hidden="true">
      <Icon size={11} strokeWidth={3} fill={state === "running" ? "currentColor" : "none"} />
    </span>
  );
}

/** A state as icon and text. */
export function StateBadge({ state, round = false }: { state: TaskState | RunState; round?: boolean }) {
  return (
    <span className="state">
      <StateIcon state={state} round={round} />
      {stateText(state)}
    </span>
  );
}
