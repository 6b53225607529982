import { type ReactNode, useState } from "react";

import { useHotkeys } from "../../hooks/useHotkeys";
import { useMay } from "../../hooks/useMay";
import type { Act, Target } from "../../services/touch";
import { toasts } from "../../services/toasts";
import { TouchDialog } from "./TouchDialog";

export type Touch = {
  open: (act: Act, target: Target) => void;
  /** Why nothing may be done; undefined when it may. */
  whyNot: string | undefined;
  dialog: ReactNode;
};

/** Clear and mark for a part of the page: one dialog for all its buttons, menus and keys. */
export function useTouch(dagId: string): Touch {
  const whyNot = useMay()("edit", "Task Instances", dagId);
  const [at, setAt] = useState<{ act: Act; target: Target } | null>(null);
  return {
    whyNot,
    open: (act, target) => {
      if (whyNot === undefined) setAt({ act, target });
      else toasts.fail(whyNot);
    },
    dialog: at && <TouchDialog target={at.target} act={at.act} onClose={() => setAt(null)} />,
  };
}

/** Airflow's keys for what is selected: Shift+C clears, Shift+S and Shift+F mark. They always ask first; `false` = nothing is selected here. */
export function useTouchKeys(open: (act: "clear" | "success" | "failed", event: KeyboardEvent) => unknown): void {
  useHotkeys({
    "shift+C": (event) => open("clear", event),
    "shift+S": (event) => open("success", event),
    "shift+F": (event) => open("failed", event),
  });
}
