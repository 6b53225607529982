import { useState } from "react";

import { importAll, type OnConflict, type Result } from "../../services/admin";
import { entitiesOf } from "../../services/importing";
import { words } from "../../words";
import { admin } from "../../words/admin";
import { Field } from "./Field";
import { FormDialog } from "./FormDialog";

/** Faults that are listed at most. */
const SHOWN = 50;

/** Takes many connections or variables from a JSON file. */
export function ImportDialog({ kind, onClose }: { kind: "connections" | "variables"; onClose: () => void }) {
  const [text, setText] = useState("");
  const [onConflict, setOnConflict] = useState<OnConflict>("fail");
  const [result, setResult] = useState<Result | null>(null);
  const found = entitiesOf(kind, text);
  const problem = text.trim() && "problem" in found ? found.problem : undefined;
  const entities = "entities" in found ? found.entities : [];
  return (
    <FormDialog
      title={admin.importTitle[kind]}
      onClose={onClose}
      wide
      save={admin.importDo(entities.length)}
      isDisabled={entities.length === 0}
      onSave={async () => {
        const done = await importAll(kind, entities, onConflict);
        setResult(done);
      }}
    >
      <div className="field">
        <label htmlFor="import-file">{admin.importFile}</label>
        <input
          id="import-file"
          type="file"
          accept=".json,application/json"
          onChange={(event) => {
            setResult(null);
            void event.target.files?.[0]?.text().then(setText);
          }}
        />
      </div>
      <Field label={admin.importText} value={text} onChange={(next) => (setText(next), setResult(null))} lines={8} hint={admin.importHint[kind]} problem={problem} />
      <Field
        label={admin.onConflict}
        value={onConflict}
        onChange={(next) => setOnConflict(next as OnConflict)}
        options={(["fail", "skip", "overwrite"] as const).map((one) => [one, admin.conflicts[one]])}
      />
      {result && (
        <div role="status">
          <p>
            <strong>{admin.imported(result.done)}</strong>
          </p>
          {result.errors.length > 0 && (
            <>
              <p className="field__error">{admin.notDone(result.errors.length)}</p>
              <ul className="admin__names">
                {result.errors.slice(0, SHOWN).map((one, i) => (
                  <li key={i}>{one}</li>
                ))}
                {result.errors.length > SHOWN && <li className="quiet">{words.touch.moreRows(result.errors.length - SHOWN)}</li>}
              </ul>
            </>
          )}
        </div>
      )}
    </FormDialog>
  );
}
