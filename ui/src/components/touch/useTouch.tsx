import { type ReactNode, useState } from "react";

import { useHotkeys } from "../../hooks/useHotkeys";
import { useMay } from "../../hooks/useMay";
import type { Act, Target } from "../../services/touch";
import { toasts } from "../../services/toasts";
import { TouchDialog } from "./TouchDialog";

export type Touch = {
  /** Opens the dialog; focus goes back to where it was. */
  open: (act: Act, target: Target) => void;
  /** Why nothing may be done; undefined when it may. */
  whyNot: string | undefined;
  dialog: ReactNode;
};

/** Clear and mark for a part of the page: one dialog for all its buttons, menus and keys. */
export function useTouch(): Touch {
  const whyNot = useMay()("edit", "Task Instances");
  const [at, setAt] = useState<{ act: Act; target: Target; origin: Element | null } | null>(null);
  return {
    whyNot,
    open: (act, target) => {
      if (whyNot === undefined) setAt({ act, target, origin: document.activeElement });
      else toasts.fail(whyNot);
    },
    dialog: at && (
      <TouchDialog
        target={at.target}
        act={at.act}
        onClose={() => {
          setAt(null);
          if (at.origin instanceof HTMLElement && at.origin.isConnected) at.origin.focus();
        }}
      />
    ),
  };
}

/** Airflow's keys for what is selected: Shift+C clears, Shift+S and Shift+F mark. They always ask first. */
export function useTouchKeys(touch: Touch, target: () => Target | null): void {
  const ask = (act: Act) => () => {
    const found = target();
    if (found) touch.open(act, found);
  };
  useHotkeys({ "shift+C": ask("clear"), "shift+S": ask("success"), "shift+F": ask("failed") });
}
