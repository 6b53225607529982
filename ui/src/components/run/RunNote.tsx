import { useMutation } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useState } from "react";

import { useMay } from "../../hooks/useMay";
import { client } from "../../services/client";
import { noteRun } from "../../services/runs";
import { words } from "../../words";
import { runWords } from "../../words/run";
import { Markdown } from "../Markdown";

/** What people wrote about the run, in Markdown. */
export function RunNote({ dagId, runId, note }: { dagId: string; runId: string; note: string | null }) {
  const [draft, setDraft] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: (text: string) => noteRun(dagId, runId, text),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["run", dagId, runId] });
      void client.invalidateQueries({ queryKey: ["grid", dagId] });
      setDraft(null);
    },
  });
  const mayNot = useMay()("edit", "DAG Runs", dagId);
  const label = note ? runWords.editNote : runWords.addNote;
  return (
    <section>
      <div className="row">
        <h3 className="grow">{runWords.note}</h3>
        {draft === null && (
          <button type="button" className="button button--small button--plain" disabled={mayNot !== undefined} title={mayNot} onClick={() => setDraft(note ?? "")}>
            <Pencil size={13} /> {label}
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
