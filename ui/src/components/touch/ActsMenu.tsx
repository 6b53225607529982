import * as DropdownMenu from "@radix-ui/react-dropdown-menu";
import { type ReactNode, type RefObject, useState } from "react";

import { useHotkeys } from "../../hooks/useHotkeys";
import { Opener } from "../Menu";

/** Where the menu opens, and what it was asked for: that has the focus afterwards. */
export type ActsAt = { x: number; y: number; opener: RefObject<HTMLElement | null> };

/** Under an element. */
export function below(element: HTMLElement, opener: HTMLElement = element): ActsAt {
  const box = element.getBoundingClientRect();
  return { x: box.left, y: box.bottom, opener: { current: opener } };
}

/** What can be done with something, at any place of the screen. */
export function ActsMenu({ at, onClose, children }: { at: ActsAt; onClose: () => void; children: ReactNode }) {
  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(open) => !open && onClose()}>
      <DropdownMenu.Trigger asChild>
        <span className="actsmenu__at" style={{ left: at.x, top: at.y }} aria-hidden="true" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className="menu"
          align="start"
          collisionPadding={8}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (!document.querySelector("dialog[open]")) at.opener.current?.focus({ preventScroll: true });
          }}
        >
          <Opener value={at.opener}>{children}</Opener>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** The key `.` for a view that shows one thing: what can be done with it, in a menu under `anchor`. Cells of a grid have their own. */
export function ActsKey({ anchor, children }: { anchor: RefObject<HTMLElement | null>; children: ReactNode }) {
  const [at, setAt] = useState<ActsAt | null>(null);
  useHotkeys({
    ".": (event) => {
      if (!anchor.current || inGrid(event)) return false;
      setAt(below(anchor.current, document.activeElement instanceof HTMLElement ? document.activeElement : anchor.current));
    },
  });
  return (
    at && (
      <ActsMenu at={at} onClose={() => setAt(null)}>
        {children}
      </ActsMenu>
    )
  );
}

/** Whether a key was pressed on a cell of the grid, which stands for itself. */
export const inGrid = (event: KeyboardEvent): boolean => event.target instanceof HTMLElement && event.target.dataset.at !== undefined;
