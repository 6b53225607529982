import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";

import { useMay } from "../../hooks/useMay";
import { client } from "../../services/client";
import { type InstanceKey, removeXCom, writeXCom, xcomQuery } from "../../services/instances";
import type { InstanceDetail } from "../../services/types";
import { words } from "../../words";
import { taskWords } from "../../words/task";
import { Moment } from "../Moment";
import { Notice, Problem, Skeleton } from "../Notice";
import { Confirm } from "../run/Confirm";
import { ValueBox } from "./ValueBox";
import { ValueDialog } from "./ValueDialog";

/** Larger values are fetched only when one asks for them, in bytes. */
const EAGER = 20_000;

export function XComTab({ at, detail: { xcoms, mapped } }: { at: InstanceKey; detail: InstanceDetail }) {
  const [open, setOpen] = useState<{ kind: "add" } | { kind: "edit"; key: string; value: unknown } | { kind: "remove"; key: string } | null>(null);
  const may = useMay();
  const close = () => setOpen(null);
  const readAgain = () => {
    for (const kind of ["instance", "xcom"]) void client.invalidateQueries({ queryKey: [kind, at.dagId, at.runId, at.taskId] });
  };
  const [whyNot, mayNotAdd] = [may("edit", "XComs", at.dagId), may("create", "XComs", at.dagId)];
  return (
    <div className="rendered">
      {!mapped && (
        <div>
          <button type="button" className="button" disabled={mayNotAdd !== undefined} title={mayNotAdd} onClick={() => setOpen({ kind: "add" })}>
            <Plus size={14} /> {taskWords.addXCom}
          </button>
        </div>
      )}
      {xcoms.length === 0 && <Notice title={words.task.noXcoms} small />}
      {xcoms.map((one) => (
        <details key={one.key} open={one.size <= EAGER} className="xcom">
          <summary>
            <span className="mono xcom__key">{one.key}</span>
            <span className="quiet">
              {words.task.bytes(one.size)} · <Moment at={one.timestamp} relative />
            </span>
          </summary>
          <Value
            at={at}
            name={one.key}
            version={one.timestamp}
            whyNot={whyNot}
            onEdit={(value) => setOpen({ kind: "edit", key: one.key, value })}
            onRemove={() => setOpen({ kind: "remove", key: one.key })}
          />
        </details>
      ))}
      {open?.kind === "add" && <ValueDialog title={taskWords.addXCom} name={null} value={null} save={(key, value) => writeXCom(at, key, value, true)} onSaved={readAgain} onClose={close} />}
      {open?.kind === "edit" && (
        <ValueDialog title={`${taskWords.editXCom} · ${open.key}`} name={open.key} value={open.value} save={(key, value) => writeXCom(at, key, value, false)} onSaved={readAgain} onClose={close} />
      )}
      {open?.kind === "remove" && (
        <Confirm
          title={`${taskWords.removeXCom} · ${open.key}`}
          text={taskWords.removeXComText(open.key)}
          action={taskWords.removeXCom}
          isDanger
          work={async () => {
            await removeXCom(at, open.key);
            // The value is gone: only the list is read again.
            void client.invalidateQueries({ queryKey: ["instance", at.dagId, at.runId, at.taskId] });
          }}
          onClose={close}
        />
      )}
    </div>
  );
}

type ValueProps = { at: InstanceKey; name: string; version: string; whyNot: string | undefined; onEdit: (value: unknown) => void; onRemove: () => void };

function Value({ at, name, version, whyNot, onEdit, onRemove }: ValueProps) {
  const query = xcomQuery(at, name);
  const { data, error, isPending, refetch } = useQuery({ ...query, queryKey: [...query.queryKey, version] });
  if (isPending) return <Skeleton lines={2} />;
  if (error) return <Problem error={error} again={() => void refetch()} small />;
  return <ValueBox name={name} value={data.value} whyNot={whyNot} onEdit={() => onEdit(data.value)} onRemove={onRemove} />;
}
