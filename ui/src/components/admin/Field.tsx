import { type ReactNode, useId } from "react";

type Props = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: ReactNode;
  problem?: string | undefined;
  type?: "text" | "password" | "number" | "email" | "datetime-local";
  placeholder?: string | undefined;
  isReadOnly?: boolean;
  isRequired?: boolean;
  lines?: number;
  autoComplete?: string;
  options?: readonly (readonly [value: string, text: string])[];
  /** Suggestions beside which anything may be typed. */
  suggestions?: string[];
};

/** A labelled input with its hint and its fault. */
export function Field({ label, value, onChange, hint, problem, type = "text", placeholder, isReadOnly = false, isRequired = false, lines, autoComplete = "off", options, suggestions }: Props) {
  const id = useId();
  const common = {
    id,
    className: "input",
    value,
    "aria-invalid": problem !== undefined,
    "aria-describedby": hint || problem ? `${id}-hint` : undefined,
    "aria-required": isRequired || undefined,
  };
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {isRequired && <span aria-hidden="true"> *</span>}
      </label>
      {options ? (
        <select {...common} disabled={isReadOnly} onChange={(event) => onChange(event.target.value)}>
          {options.map(([one, text]) => (
            <option key={one} value={one}>
              {text}
            </option>
          ))}
        </select>
      ) : lines ? (
        <textarea {...common} className="input mono" rows={lines} spellCheck={false} placeholder={placeholder} readOnly={isReadOnly} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input {...common} type={type} placeholder={placeholder} readOnly={isReadOnly} autoComplete={autoComplete} list={suggestions && `${id}-list`} onChange={(event) => onChange(event.target.value)} />
      )}
      {suggestions && (
        <datalist id={`${id}-list`}>
          {suggestions.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      {(hint || problem) && (
        <span id={`${id}-hint`} className={problem ? "field__error" : "field__hint"}>
          {problem ?? hint}
        </span>
      )}
    </div>
  );
}
