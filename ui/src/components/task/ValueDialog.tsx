import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { words } from "../../words";
import { taskWords } from "../../words/task";
import { Dialog } from "../Dialog";

type Props = {
  title: string;
  /** null: the key is new and is asked for. */
  name: string | null;
  value: unknown;
  save: (key: string, value: unknown) => Promise<unknown>;
  onSaved: () => void;
  onClose: () => void;
};

/** A value under a key, written as JSON. */
export function ValueDialog({ title, name, value, save, onSaved, onClose }: Props) {
  const [key, setKey] = useState(name ?? "");
  const [text, setText] = useState(name === null ? "" : JSON.stringify(value, null, 2));
  const isJson = parses(text);
  const work = useMutation({
    mutationFn: () => save(key, JSON.parse(text)),
    onSuccess: () => {
      onSaved();
      onClose();
    },
  });
  const isReady = isJson && key !== "";
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={() => isReady && work.mutate()}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className="button button--primary" disabled={!isReady || work.isPending}>
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
      {work.error && (
        <p className="banner" role="alert">
          {work.error.message}
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
