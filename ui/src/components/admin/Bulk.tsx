import { Trash2 } from "lucide-react";
import { useState } from "react";

import { deleteAll, type Kind } from "../../services/admin";
import { toasts } from "../../services/toasts";
import { words } from "../../words";
import { admin } from "../../words/admin";
import { FormDialog } from "./FormDialog";

/** Rows shown at most where something is asked about many. */
const SHOWN = 20;

/** Asks before entries are deleted, and says what was refused. */
export function DeleteDialog({ kind, names, onClose }: { kind: Kind; names: string[]; onClose: (isDone: boolean) => void }) {
  return (
    <FormDialog
      title={admin.deleteTitle(names.length)}
      onClose={() => onClose(false)}
      save={admin.delete}
      isDanger
      onSave={async () => {
        const { done, errors } = await deleteAll(kind, names);
        toasts.tell(admin.deleted(done));
        if (errors.length) throw new Error(errors.join(" "));
        onClose(true);
      }}
    >
      <p>{admin.deleteText}</p>
      <ul className="admin__names mono">
        {names.slice(0, SHOWN).map((name) => (
          <li key={name}>{name}</li>
        ))}
        {names.length > SHOWN && <li className="quiet">{words.touch.moreRows(names.length - SHOWN)}</li>}
      </ul>
    </FormDialog>
  );
}

/** The bar over a list whose rows are chosen. */
export function ChosenBar({ count, refusal, onDelete, onClear }: { count: number; refusal: string | undefined; onDelete: () => void; onClear: () => void }) {
  if (count === 0) return null;
  return (
    <div className="admin__bar" role="status">
      <strong>{admin.selected(count)}</strong>
      <button type="button" className="button button--small button--danger" disabled={refusal !== undefined} title={refusal} onClick={onDelete}>
        <Trash2 size={13} /> {admin.delete}
      </button>
      <button type="button" className="button button--small button--plain" onClick={onClear}>
        {words.common.cancel}
      </button>
    </div>
  );
}

/** Which rows are chosen, over several pages of a list; none when the `filter` has become another one, as nobody would see them. */
export function useChosen(filter = ""): [ReadonlySet<string>, (names: string[], on: boolean) => void, () => void] {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [chosenIn, setChosenIn] = useState(filter);
  if (chosenIn !== filter) {
    setChosenIn(filter);
    setChosen(new Set());
  }
  const choose = (names: string[], on: boolean) =>
    setChosen((old) => {
      const next = new Set(old);
      for (const name of names) on ? next.add(name) : next.delete(name);
      return next;
    });
  return [chosen, choose, () => setChosen(new Set())];
}
