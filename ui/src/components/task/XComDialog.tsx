import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { client } from "../../services/client";
import { type InstanceKey, writeXCom } from "../../services/instances";
import { words } from "../../words";
import { taskWords } from "../../words/task";
import { Dialog } from "../Dialog";

/** A new XCom, or another value for one that is there. The value is written as JSON. */
export function XComDialog({ at, name, value, onClose }: { at: InstanceKey; name: string | null; value: unknown; onClose: () => void }) {
  const [key, setKey] = useState(name ?? "");
  const [text, setText] = useState(name === null ? "" : JSON.stringify(value, null, 2));
  const isJson = parses(text);
  const save = useMutation({
    mutationFn: () => writeXCom(at, key, JSON.parse(text), name === null),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["instance", at.dagId, at.runId, at.taskId] });
      void client.invalidateQueries({ queryKey: ["xcom", at.dagId, at.runId, at.taskId] });
      onClose();
    },
  });
  const isReady = isJson && key !== "";
  return (
    <Dialog
      title={name === null ? taskWords.addXCom : `${taskWords.editXCom} · ${name}`}
      onClose={onClose}
      onSubmit={() => isReady && save.mutate()}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className="button button--primary" disabled={!isReady || save.isPending}>
            {taskWords.save}
          </button>
        </>
      }
    >
      {name === null && (
        <label className="touch__note">
          <span>{taskWords.key}</span>
          <input className="input mono" value={key} onChange={(event) => setKey(event.target.value)} />
        </label>
      )}
      <label className="touch__note">
        <span>{taskWords.value}</span>
        <textarea className="input mono xcom__edit" rows={8} spellCheck={false} aria-invalid={text !== "" && !isJson} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      {text !== "" && !isJson && <p className="soft">{taskWords.notJson}</p>}
      {save.error && (
        <p className="banner" role="alert">
          {save.error.message}
        </p>
      )}
    </Dialog>
  );
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
