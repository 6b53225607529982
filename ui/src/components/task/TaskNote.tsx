import { useMay } from "../../hooks/useMay";
import { client } from "../../services/client";
import { type InstanceKey, noteInstance } from "../../services/instances";
import { NoteEditor } from "../NoteEditor";

export function TaskNote({ at, note }: { at: InstanceKey; note: string | null }) {
  const whyNot = useMay()("edit", "Task Instances", at.dagId);
  const save = async (text: string) => {
    await noteInstance(at, text);
    await client.invalidateQueries({ queryKey: ["instance", at.dagId, at.runId, at.taskId] });
    void client.invalidateQueries({ queryKey: ["grid", at.dagId] });
  };
  return <NoteEditor note={note} whyNot={whyNot} save={save} />;
}
