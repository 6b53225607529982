import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { useMay } from "../../hooks/useMay";
import { client } from "../../services/client";
import type { InstanceKey } from "../../services/instances";
import { clearStates, removeState, STATES_PER_PAGE, statesQuery, type StateEntry, writeState } from "../../services/taskState";
import { taskWords } from "../../words/task";
import { Moment } from "../Moment";
import { Notice, Problem, Skeleton } from "../Notice";
import { Pager } from "../Pager";
import { Confirm } from "../run/Confirm";
import { ValueBox } from "./ValueBox";
import { ValueDialog } from "./ValueDialog";

type Open = { kind: "add" | "clear" } | { kind: "edit" | "remove"; entry: StateEntry } | null;

/** What the instance keeps from one try to the next: Airflow's task state store. */
export function StateTab({ at }: { at: InstanceKey }) {
  const [page, setPage] = useState(1);
  const { data, error, isPending, refetch } = useQuery(statesQuery(at, page));
  const [open, setOpen] = useState<Open>(null);
  const whyNot = useMay()("edit", "Task Instances", at.dagId);
  const t = taskWords.store;
  const close = () => setOpen(null);
  const readAgain = () => void client.invalidateQueries({ queryKey: ["instance", at.dagId, at.runId, at.taskId] });
  if (isPending) return <Skeleton lines={4} />;
  if (error && !data) return <Problem error={error} again={() => void refetch()} small />;
  return (
    <div className="rendered">
      <p className="soft">{t.about}</p>
      <div className="row">
        <button type="button" className="button" disabled={whyNot !== undefined} title={whyNot} onClick={() => setOpen({ kind: "add" })}>
          <Plus size={14} /> {t.add}
        </button>
        {data.total_entries > 0 && (
          <button type="button" className="button" disabled={whyNot !== undefined} title={whyNot} onClick={() => setOpen({ kind: "clear" })}>
            <Trash2 size={14} /> {t.clear}
          </button>
        )}
      </div>
      {data.total_entries === 0 && <Notice title={t.none} small />}
      {data.task_state_store.map((entry) => (
        <details key={entry.key} open className="xcom">
          <summary>
            <span className="mono xcom__key">{entry.key}</span>
            <span className="quiet">
              <Moment at={entry.updated_at} relative />
              {" · "}
              {entry.expires_at === null ? (
                t.stays
              ) : (
                <>
                  {t.expires} <Moment at={entry.expires_at} />
                </>
              )}
            </span>
          </summary>
          <ValueBox name={entry.key} value={entry.value} whyNot={whyNot} onEdit={() => setOpen({ kind: "edit", entry })} onRemove={() => setOpen({ kind: "remove", entry })} />
        </details>
      ))}
      <Pager page={page} size={STATES_PER_PAGE} total={data.total_entries} onPage={setPage} />
      {open?.kind === "add" && <ValueDialog title={t.add} name={null} value={null} save={(key, value) => writeState(at, key, value, true)} onSaved={readAgain} onClose={close} />}
      {open?.kind === "edit" && (
        <ValueDialog title={`${taskWords.editXCom} · ${open.entry.key}`} name={open.entry.key} value={open.entry.value} save={(key, value) => writeState(at, key, value, false)} onSaved={readAgain} onClose={close} />
      )}
      {open?.kind === "remove" && (
        <Confirm
          title={`${taskWords.removeXCom} · ${open.entry.key}`}
          text={t.removeText(open.entry.key)}
          action={taskWords.removeXCom}
          isDanger
          work={async () => {
            await removeState(at, open.entry.key);
            readAgain();
          }}
          onClose={close}
        />
      )}
      {open?.kind === "clear" && (
        <Confirm
          title={t.clear}
          text={t.clearText(data.total_entries)}
          action={taskWords.removeXCom}
          isDanger
          work={async () => {
            await clearStates(at);
            readAgain();
          }}
          onClose={close}
        />
      )}
    </div>
  );
}
