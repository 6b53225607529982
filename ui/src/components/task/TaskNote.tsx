import { useMutation } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useState } from "react";

import { useMay } from "../../hooks/useMay";
import { client } from "../../services/client";
import { type InstanceKey, noteInstance } from "../../services/instances";
import { words } from "../../words";
import { runWords } from "../../words/run";
import { Markdown } from "../Markdown";

/** What people wrote about the instance, in Markdown. */
export function TaskNote({ at, note }: { at: InstanceKey; note: string | null }) {
  const [draft, setDraft] = useState<string | null>(null);
  const whyNot = useMay()("edit", "Task Instances");
  const save = useMutation({
    mutationFn: (text: string) => noteInstance(at, text),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["instance", at.dagId, at.runId, at.taskId] });
      setDraft(null);
    },
  });
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
            save.mutate(draft);
          }}
        >
          <textarea className="input" rows={4} maxLength={1000} autoFocus aria-label={runWords.note} value={draft} onChange={(event) => setDraft(event.target.value)} />
          {save.error && (
            <p className="banner" role="alert">
              {save.error.message}
            </p>
          )}
          <div className="row">
            <button type="submit" className="button button--small button--primary" disabled={save.isPending}>
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
