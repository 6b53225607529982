import * as DropdownMenu from "@radix-ui/react-dropdown-menu";
import { FileText } from "lucide-react";

import type { Target } from "../../services/touch";
import { gridWords } from "../../words/grid";
import { MenuItem } from "../Menu";
import { TouchItems } from "../touch/TouchButtons";
import type { Touch } from "../touch/useTouch";

/** Where the menu of a cell opens, and what the cell stands for. */
export type CellMenuAt = { x: number; y: number; target: Target; cell: HTMLElement };

type Props = { at: CellMenuAt; touch: Touch; onOpen: (() => void) | null; onClose: () => void };

/** What can be done with the task, or the group, of a cell. Opens with the right button, a long touch, or the menu key. */
export function CellMenu({ at, touch, onOpen, onClose }: Props) {
  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(open) => !open && onClose()}>
      <DropdownMenu.Trigger asChild>
        <span className="cellmenu__at" style={{ left: at.x, top: at.y }} aria-hidden="true" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className="menu"
          align="start"
          collisionPadding={8}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (!document.querySelector("dialog[open]")) at.cell.focus({ preventScroll: true });
          }}
        >
          {onOpen && (
            <MenuItem icon={<FileText size={14} />} onSelect={onOpen}>
              {gridWords.open}
            </MenuItem>
          )}
          <TouchItems touch={touch} target={at.target} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
