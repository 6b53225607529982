import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { client } from "../../services/client";
import { clearInstances, type InstanceKey, markInstance, type MarkState, type Reach } from "../../services/instances";
import { words } from "../../words";
import { Dialog } from "../Dialog";
import { StateBadge } from "../StateIcon";
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

/** Run tasks again. Clearing reaches downstream by default: what was made from this task's result is made anew. */
export function ClearDialog({ at, isFailed, onClose }: { at: InstanceKey; isFailed: boolean; onClose: () => void }) {
  const [reach, setReach] = useState<Reach>({ ...ALONE, include_downstream: true });
  const [onlyFailed, setOnlyFailed] = useState(false);
  const options = { ...reach, only_failed: onlyFailed };
  return (
    <TouchDialog
      at={at}
      title={words.touch.clearTitle}
      hint={<p className="soft">{words.touch.clearText}</p>}
      options={options}
      work={(dryRun) => clearInstances(at, options, dryRun)}
      action={words.touch.clearDo}
      onClose={onClose}
    >
      <Reaches reach={reach} onChange={setReach} />
      <Option label={words.touch.onlyFailed} checked={onlyFailed} onChange={setOnlyFailed} disabled={!isFailed && !reach.include_downstream && !reach.include_upstream && !reach.include_past && !reach.include_future} />
    </TouchDialog>
  );
}

export function MarkDialog({ at, state, onClose }: { at: InstanceKey; state: MarkState; onClose: () => void }) {
  const [reach, setReach] = useState<Reach>(ALONE);
  const text = words.task.markState[state];
  return (
    <TouchDialog
      at={at}
      title={words.touch.markTitle(text)}
      hint={<StateBadge state={state} />}
      options={{ ...reach, state }}
      work={(dryRun) => markInstance(at, reach, state, dryRun)}
      action={(n) => words.touch.markDo(n, text)}
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
  onClose: () => void;
  children: ReactNode;
};

/** An action on task instances: options above, below them the list of what it will touch, asked anew with every change. */
function TouchDialog({ at, title, hint, options, work, action, onClose, children }: Props) {
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
      <TouchList runId={at.runId} touched={touched} total={total} isPending={preview.isFetching} error={preview.error ?? doIt.error} />
    </Dialog>
  );
}
