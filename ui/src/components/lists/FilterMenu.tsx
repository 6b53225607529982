import { type LucideIcon, X } from "lucide-react";
import type { ReactNode } from "react";

import { lists } from "../../words/lists";
import { Menu, MenuCheck, MenuLabel } from "../Menu";

type Props = {
  icon: LucideIcon;
  label: string;
  options: readonly (readonly [value: string, text: string])[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  empty?: string;
  children?: ReactNode;
};

/** Several values of one filter, chosen in a menu. `children` stand above the values. */
export function FilterMenu({ icon: Icon, label, options, chosen, onChange, empty = lists.none, children }: Props) {
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className="button" data-chosen={chosen.length > 0 || undefined}>
          <Icon size={14} /> {label}
          {chosen.length > 0 && <span className="segment__count">{chosen.length}</span>}
        </button>
      }
    >
      {children}
      {options.length === 0 && <MenuLabel>{empty}</MenuLabel>}
      {options.map(([value, text]) => (
        <MenuCheck key={value} checked={chosen.includes(value)} onChange={(on) => onChange(on ? [...chosen, value] : chosen.filter((one) => one !== value))}>
          {text}
        </MenuCheck>
      ))}
    </Menu>
  );
}

/** A filter that holds, and the way to end it. */
export function Chip({ children, name, onRemove }: { children: ReactNode; name: string; onRemove: () => void }) {
  return (
    <button type="button" className="tag tag--chip" onClick={onRemove} aria-label={lists.remove(name)}>
      {children} <X size={11} aria-hidden="true" />
    </button>
  );
}
