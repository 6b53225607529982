import "../styles/run.css";

import { useMutation } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useState } from "react";

import { words } from "../words";
import { runWords } from "../words/run";
import { Markdown } from "./Markdown";

/** `whyNot`: why it may not be changed. `save` ends when what is shown has been read again. */
type Props = { note: string | null; whyNot: string | undefined; save: (note: string) => Promise<unknown> };

/** What people wrote about a run or a task instance, in Markdown. */
export function NoteEditor({ note, whyNot, save }: Props) {
  const [draft, setDraft] = useState<string | null>(null);
  const work = useMutation({ mutationFn: save, onSuccess: () => setDraft(null) });
  return (
    <section>
      <div className="row">
        <h3>{runWords.note}</h3>
        {draft === null && (
          <button type="button" className="button button--small button--plain" disabled={whyNot !== undefined} title={whyNot} onClick={() => setDraft(note ?? "")}>
            <Pencil size={13} /> {note ? runWords.editNote : runWords.addNote}
          </button>
        )}
      </div>
      {draft === null ? (
        note && <Markdown text={note} />
      ) : (
        <form
          className="runnote"
          onSubmit={(event) => {
            event.preventDefault();
            work.mutate(draft);
          }}
        >
          <textarea className="input" rows={4} maxLength={1000} autoFocus aria-label={runWords.note} value={draft} onChange={(event) => setDraft(event.target.value)} />
          {work.error && (
            <p className="banner" role="alert">
              {work.error.message}
            </p>
          )}
          <div className="row">
            <button type="submit" className="button button--small button--primary" disabled={work.isPending}>
              {runWords.saveNote}
            </button>
            <button type="button" className="button button--small" onClick={() => setDraft(null)}>
              {words.common.cancel}
            </button>
          </div>
        </form>
      )}
    </section>
  );
}
