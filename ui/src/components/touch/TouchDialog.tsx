import "../../styles/touch.css";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { client } from "../../services/client";
import { type Act, clear, isGroup, mark, nameOf, type Reach, readPreview, type Target, WHICH } from "../../services/touch";
import { words } from "../../words";
import { touchWords } from "../../words/touch";
import { Dialog } from "../Dialog";
import { StateBadge } from "../StateIcon";
import { NoteField } from "../task/NoteField";
import { TouchList } from "./TouchList";

const REACHES = ["upstream", "downstream", "past", "future"] as const;
const ALONE: Reach = { upstream: false, downstream: false, past: false, future: false };

function readAgain(dagId: string): void {
  const keys = [["instance", dagId], ["mapped", dagId], ["run", dagId], ["grid", dagId], ["dags"], ["dag", dagId]];
  for (const queryKey of keys) void client.invalidateQueries({ queryKey });
}

/**
 * Clear or mark: options above, below them everything that will change, asked anew with every option.
 * Clearing reaches downstream by default: what was made from this task's result is made anew.
 */
export function TouchDialog({ target: given, act, onClose }: { target: Target; act: Act; onClose: () => void }) {
  const [target, setTarget] = useState(given);
  const [reach, setReach] = useState<Reach>({ ...ALONE, downstream: act === "clear" });
  const [which, setWhich] = useState<(typeof WHICH)[number]>("every");
  const [latest, setLatest] = useState(false);
  const [note, setNote] = useState("");
  const options = { which, latest };
  const preview = useQuery({
    queryKey: ["preview", target, act, reach, options],
    queryFn: ({ signal }) => readPreview(target, act, reach, options, signal),
    gcTime: 0,
    staleTime: 0,
    placeholderData: (before) => before,
  });
  const found = preview.data;
  const doIt = useMutation({
    mutationFn: () => (act === "clear" ? clear(target, found?.tasks ?? [], reach, options, note) : mark(target, act, reach, note)),
    onSuccess: () => {
      readAgain(target.dagId);
      onClose();
    },
  });
  const isReady = found !== undefined && preview.isSuccess && !preview.isPlaceholderData && found.total_entries > 0;
  const state = act === "clear" ? null : words.task.markState[act];
  const marked = found?.kinds.filter((kind) => kind.after === act).reduce((sum, kind) => sum + kind.count, 0) ?? 0;
  const title = state === null ? words.touch.clearTitle : words.touch.markTitle(state);
  const button = !found?.total_entries ? title : state === null ? words.touch.clearDo(found.total_entries) : words.touch.markDo(marked, state);
  const isIndex = !isGroup(given) && given.mapIndex >= 0;
  return (
    <Dialog
      title={`${title} · ${isGroup(target) ? touchWords.group(nameOf(target)) : nameOf(target)}`}
      onClose={onClose}
      wide
      onSubmit={() => isReady && !doIt.isPending && doIt.mutate()}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className="button button--primary" disabled={!isReady || doIt.isPending}>
            {button}
          </button>
        </>
      }
    >
      {act === "clear" ? <p className="soft">{words.touch.clearText}</p> : <StateBadge state={act} />}
      {isIndex && !isGroup(target) && (
        <Choice
          label={touchWords.instances}
          value={target.mapIndex >= 0 ? "one" : "all"}
          options={[
            ["one", touchWords.oneIndex(given.mapIndex)],
            ["all", touchWords.allIndexes],
          ]}
          onChange={(value) => setTarget(value === "one" ? given : { ...given, mapIndex: -1 })}
        />
      )}
      <fieldset className="touch__also">
        <legend>{words.touch.also}</legend>
        {REACHES.map((side) => (
          <Option key={side} label={words.touch[side]} checked={reach[side]} onChange={(checked) => setReach({ ...reach, [side]: checked })} />
        ))}
      </fieldset>
      {act === "clear" && (
        <>
          <Choice label={touchWords.which} value={which} options={WHICH.map((one) => [one, touchWords.whichOf[one]] as const)} onChange={setWhich} />
          <Option label={touchWords.latest} checked={latest} onChange={setLatest} />
        </>
      )}
      <NoteField note={note} onNote={setNote} />
      <TouchList
        dagId={target.dagId}
        runId={target.runId}
        touched={found?.task_instances ?? []}
        total={found?.total_entries ?? 0}
        kinds={found?.kinds}
        queuedRuns={found?.total_runs}
        isPending={found === undefined || preview.isPlaceholderData}
        error={preview.error ?? doIt.error}
      />
      <p className="quiet">{state === null ? touchWords.undo.clear : touchWords.undo.mark}</p>
    </Dialog>
  );
}

type ChoiceProps<T extends string> = { label: string; value: T; options: readonly (readonly [T, string])[]; onChange: (value: T) => void };

function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <div className="segments touch__options" role="group" aria-label={label}>
      {options.map(([one, text]) => (
        <button key={one} type="button" className="segment" aria-pressed={value === one} onClick={() => onChange(one)}>
          {text}
        </button>
      ))}
    </div>
  );
}

function Option({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <label className="checkline">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} /> {label}
    </label>
  );
}
