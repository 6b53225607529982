import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { client } from "../../services/client";
import { clearInstances, type InstanceKey, markInstance, type MarkState, type Reach } from "../../services/instances";
import { words } from "../../words";
import { Dialog } from "../Dialog";
import { StateBadge } from "../StateIcon";
import { touchWords } from "../../words/touch";
import { NoteField } from "./NoteField";
import { TouchList } from "./TouchList";

const ALONE: Reach = { include_upstream: false, include_downstream: false, include_past: false, include_future: false };
const REACHES = [
  ["include_upstream", "upstream"],
  ["include_downstream", "downstream"],
  ["include_past", "past"],
  ["include_future", "future"],
] as const;

function readAgain(at: InstanceKey): void {
  const keys = [["instance", at.dagId], ["mapped", at.dagId], ["run", at.dagId], ["grid", at.dagId], ["dags"], ["dag", at.dagId]];
  for (const queryKey of keys) void client.invalidateQueries({ queryKey });
}

const WHICH = ["every", "onlyFailed", "onlyRunning"] as const;

/** Run tasks again. Clearing reaches downstream by default: what was made from this task's result is made anew. */
export function ClearDialog({ at, onClose }: { at: InstanceKey; onClose: () => void }) {
  const [reach, setReach] = useState<Reach>({ ...ALONE, include_downstream: true });
  const [which, setWhich] = useState<(typeof WHICH)[number]>("every");
  const [isLatest, setIsLatest] = useState(false);
  const [note, setNote] = useState("");
  const options = { ...reach, only_failed: which === "onlyFailed", only_running: which === "onlyRunning", ...(isLatest && { run_on_latest_version: true as const }) };
  return (
    <TouchDialog
      at={at}
      title={words.touch.clearTitle}
      hint={<p className="soft">{words.touch.clearText}</p>}
      options={options}
      work={(dryRun) => clearInstances(at, dryRun || !note ? options : { ...options, note }, dryRun)}
      action={words.touch.clearDo}
      undo={touchWords.undo.clear}
      note={note}
      onNote={setNote}
      more={
        <>
          <div className="segments touch__options" role="group" aria-label={touchWords.which}>
            {WHICH.map((one) => (
              <button key={one} type="button" className="segment" aria-pressed={which === one} onClick={() => setWhich(one)}>
                {touchWords[one]}
              </button>
            ))}
          </div>
          <Option label={touchWords.latest} checked={isLatest} onChange={setIsLatest} />
        </>
      }
      onClose={onClose}
    >
      <Reaches reach={reach} onChange={setReach} />
    </TouchDialog>
  );
}

export function MarkDialog({ at, state, onClose }: { at: InstanceKey; state: MarkState; onClose: () => void }) {
  const [reach, setReach] = useState<Reach>(ALONE);
  const [note, setNote] = useState("");
  const text = words.task.markState[state];
  return (
    <TouchDialog
      at={at}
      title={words.touch.markTitle(text)}
      hint={<StateBadge state={state} />}
      options={{ ...reach, state }}
      work={(dryRun) => markInstance(at, dryRun || !note ? reach : { ...reach, note }, state, dryRun)}
      action={(n) => words.touch.markDo(n, text)}
      undo={touchWords.undo.mark}
      note={note}
      onNote={setNote}
      onClose={onClose}
    >
      <Reaches reach={reach} onChange={setReach} />
    </TouchDialog>
  );
}

function Reaches({ reach, onChange }: { reach: Reach; onChange: (reach: Reach) => void }) {
  return REACHES.map(([field, word]) => (
    <Option key={field} label={words.touch[word]} checked={reach[field]} onChange={(checked) => onChange({ ...reach, [field]: checked })} />
  ));
}

function Option({ label, checked, onChange, disabled = false }: { label: string; checked: boolean; onChange: (checked: boolean) => void; disabled?: boolean }) {
  return (
    <label className="checkline">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} /> {label}
    </label>
  );
}

type Props = {
  at: InstanceKey;
  title: string;
  hint: ReactNode;
  options: object;
  work: (dryRun: boolean) => Promise<{ task_instances: Parameters<typeof TouchList>[0]["touched"]; total_entries: number }>;
  action: (n: number) => string;
  undo: string;
  note: string;
  onNote: (note: string) => void;
  more?: ReactNode;
  onClose: () => void;
  children: ReactNode;
};

/** An action on task instances: options above, below them the list of what it will touch, asked anew with every change. */
function TouchDialog({ at, title, hint, options, work, action, undo, note, onNote, more, onClose, children }: Props) {
  const preview = useQuery({
    queryKey: ["preview", title, at, options],
    queryFn: () => work(true),
    gcTime: 0,
    staleTime: 0,
    placeholderData: (before) => before,
  });
  const doIt = useMutation({
    mutationFn: () => work(false),
    onSuccess: () => {
      readAgain(at);
      onClose();
    },
  });
  const touched = preview.data?.task_instances ?? [];
  const total = preview.data?.total_entries ?? touched.length;
  const isReady = preview.isSuccess && !preview.isPlaceholderData && total > 0;
  return (
    <Dialog
      title={`${title} · ${at.taskId}${at.mapIndex >= 0 ? ` [${at.mapIndex}]` : ""}`}
      onClose={onClose}
      wide
      onSubmit={() => isReady && doIt.mutate()}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className="button button--primary" disabled={!isReady || doIt.isPending}>
            {total === 0 ? title : action(total)}
          </button>
        </>
      }
    >
      {hint}
      <fieldset className="touch__also">
        <legend>{words.touch.also}</legend>
        {children}
      </fieldset>
      {more}
      <NoteField note={note} onNote={onNote} />
      <TouchList dagId={at.dagId} runId={at.runId} touched={touched} total={total} isPending={preview.isFetching} error={preview.error ?? doIt.error} />
      <p className="quiet">{undo}</p>
    </Dialog>
  );
}
