import "../../styles/touch.css";

import { touchWords } from "../../words/touch";

/** Why something is done. */
export function NoteField({ note, onNote }: { note: string; onNote: (note: string) => void }) {
  return (
    <label className="touch__note">
      <span>{touchWords.note}</span>
      <input className="input" maxLength={1000} placeholder={touchWords.noteHint} value={note} onChange={(event) => onNote(event.target.value)} />
    </label>
  );
}
