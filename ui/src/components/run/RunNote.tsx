import { useMay } from "../../hooks/useMay";
import { client } from "../../services/client";
import { noteRun } from "../../services/runs";
import { NoteEditor } from "../NoteEditor";

export function RunNote({ dagId, runId, note }: { dagId: string; runId: string; note: string | null }) {
  const whyNot = useMay()("edit", "DAG Runs", dagId);
  const save = async (text: string) => {
    await noteRun(dagId, runId, text);
    await client.invalidateQueries({ queryKey: ["run", dagId, runId] });
    void client.invalidateQueries({ queryKey: ["grid", dagId] });
  };
  return <NoteEditor note={note} whyNot={whyNot} save={save} />;
}
