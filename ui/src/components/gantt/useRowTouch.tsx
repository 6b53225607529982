import { type MouseEvent, type ReactNode, useState } from "react";

import { useHotkeys } from "../../hooks/useHotkeys";
import type { Target } from "../../services/touch";
import { type ActsAt, ActsMenu, below } from "../touch/ActsMenu";
import { TouchItems } from "../touch/TouchButtons";
import { useTouch, useTouchKeys } from "../touch/useTouch";
import type { Row } from "./model";

/** Clear and mark what a row stands for: by the keys when it has the focus, by a menu on it. */
export function useRowTouch(dagId: string, runId: string, rows: Row[]): { onContextMenu: (event: MouseEvent) => void; acts: ReactNode } {
  const touch = useTouch(dagId);
  const [menu, setMenu] = useState<{ at: ActsAt; target: Target } | null>(null);
  const targetOf = (cover: EventTarget | null): Target | null => {
    const row = cover instanceof HTMLElement ? rows[Number(cover.dataset.row ?? -1)] : undefined;
    if (!row) return null;
    return row.kind === "group" ? { dagId, runId, groupId: row.id } : { dagId, runId, taskId: row.id, mapIndex: row.mapIndex };
  };
  useTouchKeys((act, { target: cover }) => {
    const target = targetOf(cover);
    return target ? touch.open(act, target) : false;
  });
  useHotkeys({
    ".": ({ target: cover }) => {
      const target = targetOf(cover);
      if (!target) return false;
      setMenu({ at: below(cover as HTMLElement), target });
    },
  });
  return {
    onContextMenu: (event) => {
      const target = targetOf(event.target);
      if (!target) return;
      event.preventDefault();
      const cover = event.target as HTMLElement;
      // The menu key tells no place of the pointer.
      const isPointed = event.clientX !== 0 || event.clientY !== 0;
      setMenu({ at: isPointed ? { x: event.clientX, y: event.clientY, opener: { current: cover } } : below(cover), target });
    },
    acts: (
      <>
        {menu && (
          <ActsMenu at={menu.at} onClose={() => setMenu(null)}>
            <TouchItems touch={touch} target={menu.target} />
          </ActsMenu>
        )}
        {touch.dialog}
      </>
    ),
  };
}
