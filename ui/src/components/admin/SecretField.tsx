import { X } from "lucide-react";
import { useId } from "react";

import { admin } from "../../words/admin";

type Props = {
  label: string;
  value: string;
  /** There is a stored one, which the page never gets to see. */
  hasOld: boolean;
  isKept: boolean;
  placeholder?: string | undefined;
  onChange: (value: string, isKept: boolean) => void;
};

/** A secret: it can be replaced or removed, and is never shown. */
export function SecretField({ label, value, hasOld, isKept, placeholder, onChange }: Props) {
  const id = useId();
  const hint = isKept ? admin.connection.kept : hasOld && value === "" ? admin.connection.removed : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="admin__secret">
        <input id={id} className="input" type="password" autoComplete="new-password" value={value} placeholder={isKept ? "••••••••" : placeholder} aria-describedby={hint && `${id}-hint`} onChange={(event) => onChange(event.target.value, hasOld && event.target.value === "")} />
        {hasOld && isKept && (
          <button type="button" className="button button--plain button--small" onClick={() => onChange("", false)}>
            <X size={13} /> {admin.connection.removeIt}
          </button>
        )}
        {hasOld && !isKept && (
          <button type="button" className="button button--plain button--small" onClick={() => onChange("", true)}>
            {admin.connection.keepIt}
          </button>
        )}
      </div>
      {hint && (
        <span id={`${id}-hint`} className="field__hint">
          {hint}
        </span>
      )}
    </div>
  );
}
