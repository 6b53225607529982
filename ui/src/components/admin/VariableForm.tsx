import { useState } from "react";

import { useMay } from "../../hooks/useMay";
import { MASK, saveVariable, type Variable } from "../../services/admin";
import { admin } from "../../words/admin";
import { Used } from "./ConnectionForm";
import { Field } from "./Field";
import { FormDialog } from "./FormDialog";
import { SecretField } from "./SecretField";

function looksLikeJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Adds or edits a variable. */
export function VariableForm({ old, onClose }: { old: Variable | null; onClose: () => void }) {
  const isSecret = old?.value === MASK;
  const [key, setKey] = useState(old?.key ?? "");
  const [value, setValue] = useState(isSecret ? "" : (old?.value ?? ""));
  const [isKept, setKept] = useState(isSecret);
  const [description, setDescription] = useState(old?.description ?? "");
  const refusal = useMay()(old ? "edit" : "create", "Variables");
  return (
    <FormDialog
      title={old ? admin.editOf(old.key) : admin.variable.new}
      onClose={onClose}
      isDisabled={key === "" || refusal !== undefined}
      done={admin.saved(key)}
      onSave={async () => {
        await saveVariable({ key, description: description || null, ...(!isKept && { value }) }, old === null);
        onClose();
      }}
    >
      <Field label={admin.variable.key} value={key} onChange={setKey} isReadOnly={old !== null} isRequired />
      {isSecret ? (
        <SecretField
          label={admin.variable.value}
          hasOld
          isKept={isKept}
          value={value}
          onChange={(next, kept) => {
            setValue(next);
            setKept(kept);
          }}
        />
      ) : (
        <Field label={admin.variable.value} value={value} onChange={setValue} lines={5} hint={looksLikeJson(value) ? admin.variable.isJson : undefined} />
      )}
      <Field label={admin.description} value={description} onChange={setDescription} />
      {old && <Used name={old.key} />}
    </FormDialog>
  );
}
