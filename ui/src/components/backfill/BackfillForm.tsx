import { useMutation, useQuery } from "@tanstack/react-query";
import { CalendarPlus } from "lucide-react";
import { useDeferredValue, useState } from "react";

import { client } from "../../services/client";
import { type BackfillOrder, lookAheadQuery, orderBackfill, type PlannedRun, type Reprocess } from "../../services/backfills";
import { dagQuery } from "../../services/dags";
import { toasts } from "../../services/toasts";
import type { DagHead } from "../../services/types";
import { words } from "../../words";
import { formWords } from "../../words/forms";
import { formatMoment, zoneName } from "../../words/times";
import { zones } from "../../words/zones";
import { Dialog } from "../Dialog";
import { Problem, Skeleton } from "../Notice";
import { ConfFields, defaultsOf, useConf } from "../trigger/ConfFields";
import { aboutParam, localMoment, momentOf } from "../trigger/schema";

/** Runs of the look ahead that are listed; the number beside them tells how many there are. */
const LISTED = 200;
const DAY = 86_400_000;

/** Order a backfill; beside the choices stands what will happen. */
export function BackfillForm({ dagId, onClose }: { dagId: string; onClose: () => void }) {
  const { data, error } = useQuery(dagQuery(dagId));
  if (data) return <Form dag={data} onClose={onClose} />;
  return (
    <Dialog title={formWords.newTitle(dagId)} onClose={onClose}>
      {error ? <Problem error={error} small /> : <Skeleton lines={3} />}
    </Dialog>
  );
}

/** Midnight of the page's zone, so many days ago. */
const midnight = (days: number): string => `${localMoment(new Date(Date.now() - days * DAY).toISOString(), zoneName()).slice(0, 10)}T00:00:00`;

/** How many dates lie before the DAG begins, and after it ends. */
function outside(runs: PlannedRun[], { start_date: begin, end_date: end }: DagHead): [early: number, late: number] {
  const dates = runs.flatMap((run) => (run.logical_date === null ? [] : [Date.parse(run.logical_date)]));
  const count = (bound: string | null, test: (at: number, bound: number) => boolean) =>
    bound === null ? 0 : dates.filter((at) => test(at, Date.parse(bound))).length;
  return [count(begin, (at, bound) => at < bound), count(end, (at, bound) => at > bound)];
}

function Form({ dag, onClose }: { dag: DagHead; onClose: () => void }) {
  const [from, setFrom] = useState(() => midnight(3));
  const [to, setTo] = useState(() => midnight(0));
  const [reprocess, setReprocess] = useState<Reprocess>("none");
  const [backwards, setBackwards] = useState(false);
  const [atOnce, setAtOnce] = useState("10");
  const [latest, setLatest] = useState(false);
  const form = useConf(dag.params);

  const [begin, end] = [momentOf(from, zoneName()), momentOf(to, zoneName())];
  const slots = Number(atOnce);
  const slotsProblem = Number.isInteger(slots) && slots >= 1 ? undefined : formWords.atLeast(1);
  const isTurned = begin !== null && end !== null && end < begin;
  const order: BackfillOrder | null =
    begin === null || end === null || isTurned || slotsProblem !== undefined
      ? null
      : {
          dag_id: dag.dag_id,
          from_date: begin,
          to_date: end,
          run_backwards: backwards,
          dag_run_conf: {},
          reprocess_behavior: reprocess,
          max_active_runs: slots,
          run_on_latest_version: latest,
        };
  const asked = useDeferredValue(order);
  const ahead = useQuery({ ...lookAheadQuery(asked ?? ({ dag_id: dag.dag_id } as BackfillOrder)), enabled: asked !== null });
  const planned = order !== null && !ahead.error ? ahead.data : undefined;

  // A start_date bounds the schedule, not a backfill: these dates run like the others.
  const [early, late] = outside(planned?.backfills ?? [], dag);

  const start = useMutation({
    mutationFn: async (wanted: BackfillOrder) => orderBackfill(wanted),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["backfills", dag.dag_id] });
      toasts.tell(formWords.started);
      onClose();
    },
    onError: (error) => {
      const about = aboutParam(error.message);
      if (about) form.blame(about.name, about.problem);
    },
  });
  const submit = () => {
    const conf = form.read();
    if (conf === null || order === null) return;
    // What a run has as default need not be said.
    const isPlain = JSON.stringify(conf) === JSON.stringify(defaultsOf(dag.params));
    start.mutate({ ...order, dag_run_conf: isPlain ? {} : conf });
  };
  const t = formWords;
  const isReady = order !== null && planned !== undefined && planned.total_entries > 0 && !ahead.isFetching && !form.isBad;
  return (
    <Dialog
      wide
      title={t.newTitle(dag.display_name)}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className="button button--primary" disabled={!isReady || start.isPending}>
            <CalendarPlus size={14} /> {start.isPending ? t.starting : t.start(planned?.total_entries ?? 0)}
          </button>
        </>
      }
    >
      <p className="soft">{t.explain}</p>
      {start.error && !aboutParam(start.error.message) && (
        <p className="banner" role="alert">
          {start.error.message}
        </p>
      )}
      <div className="backfill__columns">
        <div className="backfill__choices">
          <div className="backfill__pair">
            <div className="field">
              <label htmlFor="backfill-from">{t.from}</label>
              <input id="backfill-from" type="datetime-local" className="input" value={from} onChange={(event) => setFrom(event.target.value)} />
            </div>
            <div className="field">
              <label htmlFor="backfill-to">{t.to}</label>
              <input id="backfill-to" type="datetime-local" className="input" aria-invalid={isTurned} aria-describedby="backfill-turned" value={to} onChange={(event) => setTo(event.target.value)} />
            </div>
          </div>
          <p className="quiet">{zones.entered(zoneName())}</p>
          {isTurned && (
            <span id="backfill-turned" className="field__error">
              {t.wrongOrder}
            </span>
          )}
          <fieldset className="field param__multi">
            <legend className="label">{t.reprocess}</legend>
            {(["none", "failed", "completed"] as const).map((one) => (
              <label key={one} className="checkline">
                <input type="radio" name="reprocess" checked={reprocess === one} onChange={() => setReprocess(one)} /> {t[one]}
              </label>
            ))}
          </fieldset>
          <label className="checkline">
            <input type="checkbox" checked={backwards} onChange={(event) => setBackwards(event.target.checked)} /> {t.backwards}
          </label>
          <label className="checkline">
            <input type="checkbox" checked={latest} onChange={(event) => setLatest(event.target.checked)} /> {t.latest}
          </label>
          <div className="field">
            <label htmlFor="backfill-slots">{t.maxActive}</label>
            <input id="backfill-slots" className="input backfill__number" inputMode="numeric" aria-invalid={slotsProblem !== undefined} value={atOnce} onChange={(event) => setAtOnce(event.target.value)} />
            {slotsProblem && <span className="field__error">{slotsProblem}</span>}
          </div>
          <details className="trigger__more">
            <summary>{t.conf}</summary>
            <ConfFields form={form} id="backfill-conf" />
          </details>
        </div>
        <section className="backfill__ahead" aria-label={t.preview} aria-live="polite" aria-busy={ahead.isFetching}>
          <h3>{t.preview}</h3>
          {order === null ? (
            <p className="quiet">{isTurned ? t.wrongOrder : t.chooseDates}</p>
          ) : ahead.error ? (
            <p className="banner" role="alert">
              {ahead.error.message}
            </p>
          ) : !planned ? (
            <Skeleton lines={3} />
          ) : (
            <>
              <p>{t.willMake(planned.total_entries)}</p>
              {early > 0 && dag.start_date && (
                <p className="banner banner--warn" role="note">
                  {t.early(early, formatMoment(dag.start_date))}
                </p>
              )}
              {late > 0 && dag.end_date && (
                <p className="banner banner--warn" role="note">
                  {t.late(late, formatMoment(dag.end_date))}
                </p>
              )}
              <ol className="backfill__runs">
                {planned.backfills.slice(0, LISTED).map((run, i) => (
                  <li key={`${run.logical_date} ${run.partition_key} ${i}`}>{run.partition_key ?? (run.logical_date && formatMoment(run.logical_date))}</li>
                ))}
              </ol>
              {planned.total_entries > LISTED && <p className="quiet">{t.more(planned.total_entries - LISTED)}</p>}
            </>
          )}
        </section>
      </div>
    </Dialog>
  );
}
