import { useCallback, useState } from "react";

import { FOLD_ABOVE } from "./model";

type Folds = { all: boolean | null; changed: Set<string> };
const NONE: Folds = { all: null, changed: new Set() };

/** Which groups are open. Big DAGs begin folded; the choice lasts as long as the tab. */
export function useFolds(dagId: string, taskCount: number) {
  const [byDag, setByDag] = useState<Record<string, Folds>>({});
  const folds = byDag[dagId] ?? NONE;
  const openByDefault = folds.all ?? taskCount <= FOLD_ABOVE;
  const isOpen = useCallback((groupId: string) => openByDefault !== folds.changed.has(groupId), [openByDefault, folds]);
  const toggle = useCallback(
    (groupId: string) =>
      setByDag((old) => {
        const before = old[dagId] ?? NONE;
        const changed = new Set(before.changed);
        if (!changed.delete(groupId)) changed.add(groupId);
        return { ...old, [dagId]: { ...before, changed } };
      }),
    [dagId],
  );
  const setAll = useCallback((open: boolean) => setByDag((old) => ({ ...old, [dagId]: { all: open, changed: new Set() } })), [dagId]);
  return { isOpen, toggle, setAll };
}
