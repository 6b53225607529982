import * as DropdownMenu from "@radix-ui/react-dropdown-menu";
import { Check } from "lucide-react";
import { createContext, type ReactElement, type ReactNode, type RefObject, useContext, useRef } from "react";

/** What opened the menu: a dialog that an entry opens gives the focus back to it. */
export const Opener = createContext<RefObject<HTMLElement | null>>({ current: null });

/** A menu under a button. Not modal: the page behind it keeps scrolling and updating. */
export function Menu({ trigger, children, align = "end" }: { trigger: ReactElement; children: ReactNode; align?: "start" | "end" }) {
  const opener = useRef<HTMLButtonElement>(null);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild ref={opener}>
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align={align} sideOffset={4} collisionPadding={8}>
          <Opener value={opener}>{children}</Opener>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export function MenuItem({ icon, onSelect, disabled = false, children }: { icon?: ReactNode; onSelect: () => void; disabled?: boolean; children: ReactNode }) {
  const opener = useContext(Opener);
  const select = () => {
    opener.current?.focus({ preventScroll: true });
    onSelect();
  };
  return (
    <DropdownMenu.Item className="menu__item menu__item--icon" disabled={disabled} onSelect={select}>
      {icon}
      {children}
    </DropdownMenu.Item>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="menu__label">{children}</DropdownMenu.Label>;
}

export function MenuLine() {
  return <DropdownMenu.Separator className="menu__line" />;
}

export function MenuCheck({ checked, onChange, children }: { checked: boolean; onChange: (checked: boolean) => void; children: ReactNode }) {
  return (
    <DropdownMenu.CheckboxItem className="menu__item" checked={checked} onCheckedChange={onChange} onSelect={(event) => event.preventDefault()}>
      <DropdownMenu.ItemIndicator className="menu__check">
        <Check size={14} />
      </DropdownMenu.ItemIndicator>
      {children}
    </DropdownMenu.CheckboxItem>
  );
}

export function MenuChoice<T extends string>({ value, options, onChange }: { value: T; options: readonly (readonly [T, string])[]; onChange: (value: T) => void }) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={(next) => onChange(next as T)}>
      {options.map(([key, text]) => (
        <DropdownMenu.RadioItem key={key} className="menu__item" value={key} onSelect={(event) => event.preventDefault()}>
          <DropdownMenu.ItemIndicator className="menu__check">
            <Check size={14} />
          </DropdownMenu.ItemIndicator>
          {text}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}
