import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Hourglass, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { AdminPage, Loaded } from "../components/admin/AdminPage";
import { AdminTable } from "../components/admin/AdminTable";
import { Used } from "../components/admin/ConnectionForm";
import { Field } from "../components/admin/Field";
import { FormDialog } from "../components/admin/FormDialog";
import { PastButton, PastDialog } from "../components/admin/PoolPast";
import { Queues } from "../components/admin/Queues";
import { Dialog } from "../components/Dialog";
import { Moment } from "../components/Moment";
import { Problem, Skeleton } from "../components/Notice";
import { Pager } from "../components/Pager";
import { PlainLink } from "../components/PlainLink";
import { useMay } from "../hooks/useMay";
import { deletePool, PAGE, type Pool, poolsPastQuery, poolsQuery, savePool, waitingQuery } from "../services/admin";
import { taskPlace, tasksPlace } from "../services/places";
import { words } from "../words";
import { admin } from "../words/admin";
import { taskWords } from "../words/task";
import { waitTexts } from "../words/waits";

const w = admin.pool;
const DEFAULT = "default_pool";

/** Pools with what occupies them now, and who waits for their slots. */
export function PoolsPage() {
  const { waiting, past, page = 1 } = useSearch({ from: "/layout/admin/admin/pools" });
  const navigate = useNavigate({ from: "/admin/pools" });
  const may = useMay();
  const read = useQuery({ ...poolsQuery(page), enabled: may("read", "Pools") === undefined });
  const history = useQuery({ ...poolsPastQuery, enabled: may("read", "Pools") === undefined });
  const [form, setForm] = useState<Pool | "new" | null>(null);
  const [deleted, setDeleted] = useState<string | null>(null);
  const close = () => void navigate({ search: ({ page }) => ({ page }) });
  const mayCreate = may("create", "Pools");
  const mayDelete = may("delete", "Pools");
  return (
    <AdminPage
      title={admin.tabs.pools}
      resource="Pools"
      note={read.data && admin.entries(read.data.total_entries)}
      actions={
        <button type="button" className="button button--primary" disabled={mayCreate !== undefined} title={mayCreate} onClick={() => setForm("new")}>
          <Plus size={14} /> {w.new}
        </button>
      }
    >
      <Loaded of={read}>
        <AdminTable<Pool>
          label={admin.tabs.pools}
          rows={read.data?.pools ?? []}
          keyOf={(row) => row.name}
          isOld={read.isPlaceholderData}
          columns={[
            {
              name: "name",
              title: w.name,
              cell: (row) => (
                <>
                  <PlainLink href={tasksPlace({ pool: row.name, states: ["running", "queued", "scheduled", "deferred"] })}>{row.name}</PlainLink>
                  {row.description && <div className="quiet">{row.description}</div>}
                </>
              ),
            },
            { name: "slots", title: w.slots, cell: (row) => <Slots pool={row} /> },
            {
              name: "waiting",
              title: w.waits,
              cell: (row) =>
                row.scheduled_slots > 0 ? (
                  <button type="button" className="admin__open" onClick={() => void navigate({ search: (old) => ({ ...old, waiting: row.name }) })}>
                    <Hourglass size={13} aria-hidden="true" /> {w.waiting(row.scheduled_slots)}
                  </button>
                ) : (
                  <span className="quiet">{w.noneWaits}</span>
                ),
            },
            {
              name: "past",
              title: w.past,
              cell: (row) => (
                <PastButton pool={row} past={history.data} onOpen={() => void navigate({ search: (old) => ({ ...old, past: row.name }) })} />
              ),
            },
          ]}
          actions={(row) => {
            const stays = row.name === DEFAULT ? w.defaultStays : mayDelete;
            return (
              <>
                <button type="button" className="button button--plain button--icon button--small" aria-label={admin.editOf(row.name)} title={admin.edit} onClick={() => setForm(row)}>
                  <Pencil size={14} />
                </button>
                <button type="button" className="button button--plain button--icon button--small" aria-label={admin.deleteOf(row.name)} disabled={stays !== undefined} title={stays ?? admin.delete} onClick={() => setDeleted(row.name)}>
                  <Trash2 size={14} />
                </button>
              </>
            );
          }}
        />
        <Pager page={page} size={PAGE} total={read.data?.total_entries ?? 0} onPage={(next) => void navigate({ search: { page: next === 1 ? undefined : next } })} />
      </Loaded>
      <Queues />
      {form && <PoolForm old={form === "new" ? null : form} onClose={() => setForm(null)} />}
      {waiting && <Waiting pool={waiting} onClose={close} />}
      {past && <PastDialog pool={past} slots={read.data?.pools.find((one) => one.name === past)?.slots ?? -1} onClose={close} />}
      {deleted && (
        <FormDialog
          title={w.deleteTitle(deleted)}
          save={admin.delete}
          isDanger
          onClose={() => setDeleted(null)}
          done={admin.deleted(1)}
          onSave={async () => {
            await deletePool(deleted);
            setDeleted(null);
          }}
        >
          <p>{w.deleteText}</p>
        </FormDialog>
      )}
    </AdminPage>
  );
}

/** The slots as a bar, and the same in words. */
function Slots({ pool }: { pool: Pool }) {
  const deferred = pool.include_deferred ? pool.deferred_slots : 0;
  const parts = [
    ["running", pool.running_slots, w.running],
    ["queued", pool.queued_slots, w.queued],
    ["deferred", deferred, w.deferredSlots],
  ] as const;
  const all = Math.max(pool.slots, pool.occupied_slots, 1);
  return (
    <div>
      <span>{w.of(pool.occupied_slots, pool.slots)}</span>
      {pool.slots >= 0 && (
        <svg className="admin__slots" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
          {parts.map(([state, held], i) => {
            const before = parts.slice(0, i).reduce((sum, [, n]) => sum + n, 0);
            return held > 0 ? <rect key={state} data-state={state} x={(before / all) * 100} width={(held / all) * 100} height={8} fill={`var(--state-${state})`} /> : null;
          })}
        </svg>
      )}
      <div className="admin__legend">
        {parts.filter(([, held]) => held > 0).map(([state, held, text]) => (
          <span key={state}>
            {held.toLocaleString(words.locale)} {text}
          </span>
        ))}
        {pool.slots >= 0 && (
          <span>
            {pool.open_slots.toLocaleString(words.locale)} {w.open}
          </span>
        )}
      </div>
    </div>
  );
}

function PoolForm({ old, onClose }: { old: Pool | null; onClose: () => void }) {
  const [name, setName] = useState(old?.name ?? "");
  const [slots, setSlots] = useState(String(old?.slots ?? 1));
  const [description, setDescription] = useState(old?.description ?? "");
  const [isDeferred, setDeferred] = useState(old?.include_deferred ?? false);
  const refusal = useMay()(old ? "edit" : "create", "Pools");
  const number = Number(slots);
  const wrong = slots.trim() === "" || !Number.isInteger(number) || number < -1 ? w.badSlots : undefined;
  return (
    <FormDialog
      title={old ? admin.editOf(old.name) : w.new}
      onClose={onClose}
      isDisabled={name === "" || wrong !== undefined || refusal !== undefined}
      done={admin.saved(name)}
      onSave={async () => {
        await savePool({ name, slots: number, description: description || null, include_deferred: isDeferred }, old === null);
        onClose();
      }}
    >
      {refusal && <p className="field__hint">{refusal}</p>}
      <Field label={w.name} value={name} onChange={setName} isReadOnly={old !== null} isRequired />
      <Field label={w.slots} value={slots} onChange={setSlots} hint={w.slotsHint} problem={wrong} isRequired />
      <Field label={admin.description} value={description} onChange={setDescription} isReadOnly={old?.name === DEFAULT} />
      <label className="checkline">
        <input type="checkbox" checked={isDeferred} onChange={(event) => setDeferred(event.target.checked)} /> {w.deferred}
      </label>
      {old && old.name !== DEFAULT && <Used name={old.name} />}
    </FormDialog>
  );
}

function Waiting({ pool, onClose }: { pool: string; onClose: () => void }) {
  const { data, error, refetch } = useQuery(waitingQuery(pool));
  return (
    <Dialog title={w.whyOf(pool)} onClose={onClose} wide>
      {error && !data ? (
        <Problem error={error} again={() => void refetch()} small />
      ) : !data ? (
        <Skeleton lines={4} />
      ) : (
        <>
          <p>
            <strong>{data.total_entries === 0 ? w.noneWaits : w.total(data.total_entries, data.looked_at)}</strong>
          </p>
          <div className="admin__legend">
            {data.reasons.map(({ name, count }) => (
              <span key={name}>
                {name === "next" ? w.next : (taskWords.causes[name] ?? name.replaceAll("_", " "))}: {count}
              </span>
            ))}
          </div>
          <ul>
            {data.instances.map((one) => (
              <li key={`${one.dag_id} ${one.run_id} ${one.task_id} ${one.map_index}`}>
                <PlainLink href={taskPlace(one.dag_id, one.run_id, one.task_id, one.map_index)}>
                  {one.dag_id} · {one.task_id}
                  {one.map_index >= 0 && `[${one.map_index}]`}
                </PlainLink>{" "}
                <span className="quiet">
                  <Moment at={one.since} relative /> · {waitTexts(one.waiting) || w.goes}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}
