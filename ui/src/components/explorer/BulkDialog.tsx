import { useEffect, useRef, useState } from "react";

import { client } from "../../services/client";
import { type Action, carryOut, displayName, isLive, type Kind, previewClear, type Refusal, type Row } from "../../services/explorer";
import type { TouchedInstance } from "../../services/types";
import { words } from "../../words";
import { explorer } from "../../words/explorer";
import { Dialog } from "../Dialog";
import { StateBadge } from "../StateIcon";
import { TouchList } from "../touch/TouchList";

/** Rows and refusals shown at most; the number beside them tells the rest. */
const SHOWN = 100;

type Props<K extends Kind> = { kind: K; action: Action<K>; rows: Row<K>[]; onClose: (isDone: boolean) => void };
type Preview = { done: number; touched: TouchedInstance[]; total: number; error: Error | null; isReady: boolean };
type Work = { done: number; refused: Refusal[]; isOver: boolean; isStopped: boolean };

/** Asks once with a list of what will be touched, then does it a few at a time, and tells what was refused. */
export function BulkDialog<K extends Kind>({ kind, action, rows, onClose }: Props<K>) {
  const isClear = action === "clear" || action === "clear_failed";
  const chosen = action === "cancel" ? rows.filter((row) => isLive(row.state)) : rows;
  const preview = usePreview(kind, action, chosen, isClear);
  const [work, setWork] = useState<Work | null>(null);
  const stopper = useRef(new AbortController());
  useEffect(() => () => stopper.current.abort(), []);
  const title = explorer.action[action];

  const start = async () => {
    const so: Work = { done: 0, refused: [], isOver: false, isStopped: false };
    setWork(so);
    const { signal } = stopper.current;
    await carryOut(kind, action, chosen, (done, refused) => setWork((old) => old && { ...old, done, refused: [...old.refused, ...refused] }), signal);
    setWork((old) => old && { ...old, isOver: true, isStopped: signal.aborted });
    void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
  };
  const isReady = chosen.length > 0 && (!isClear || (preview.isReady && preview.total > 0));
  return (
    <Dialog
      title={title}
      onClose={() => onClose(work?.isOver ?? false)}
      wide
      onSubmit={() => work === null && isReady && void start()}
      footer={
        work === null ? (
          <>
            <button type="button" className="button" onClick={() => onClose(false)}>
              {action === "cancel" ? explorer.keep : words.common.cancel}
            </button>
            <button type="submit" className={action === "delete" || action === "cancel" ? "button button--danger" : "button button--primary"} disabled={!isReady}>
              {action === "cancel" ? explorer.cancelRuns(chosen.length) : title}
            </button>
          </>
        ) : work.isOver ? (
          <button type="button" className="button button--primary" onClick={() => onClose(true)}>
            {words.common.close}
          </button>
        ) : (
          <button type="button" className="button" onClick={() => stopper.current.abort()}>
            {explorer.stop}
          </button>
        )
      }
    >
      {work === null ? (
        <>
          <p>{kind === "tasks" && action in explorer.askTask ? explorer.askTask[action as "success" | "failed"] : explorer.ask[action]}</p>
          <p role="status">
            <strong>{kind === "runs" ? explorer.concernsRuns(chosen.length) : explorer.concernsTasks(chosen.length)}</strong>
          </p>
          {action === "delete" && <Active rows={chosen} />}
          {isClear ? (
            <>
              {!preview.isReady && preview.error === null && <p className="quiet">{explorer.looking(preview.done, chosen.length)}</p>}
              <TouchList runId="" touched={preview.touched} total={preview.total} isPending={!preview.isReady} error={preview.error} />
            </>
          ) : (
            <Chosen kind={kind} rows={chosen} />
          )}
        </>
      ) : (
        <Progress work={work} all={chosen.length} />
      )}
    </Dialog>
  );
}

function usePreview<K extends Kind>(kind: K, action: Action<K>, rows: Row<K>[], wanted: boolean): Preview {
  const [preview, setPreview] = useState<Preview>({ done: 0, touched: [], total: 0, error: null, isReady: false });
  const first = useRef({ kind, action, rows });
  useEffect(() => {
    if (!wanted) return;
    const abort = new AbortController();
    const { kind, action, rows } = first.current;
    previewClear(kind, action, rows, (done) => setPreview((old) => ({ ...old, done })), abort.signal).then(
      (found) => !abort.signal.aborted && setPreview({ done: rows.length, touched: found.task_instances, total: found.total_entries, error: null, isReady: true }),
      (error: unknown) => setPreview((old) => ({ ...old, error: error instanceof Error ? error : new Error(String(error)) })),
    );
    return () => abort.abort();
  }, [wanted]);
  return preview;
}

function Active<K extends Kind>({ rows }: { rows: Row<K>[] }) {
  const active = rows.filter((row) => isLive(row.state)).length;
  return active > 0 ? <p className="banner banner--warn">{explorer.active(active)}</p> : null;
}

function Chosen<K extends Kind>({ kind, rows }: { kind: K; rows: Row<K>[] }) {
  return (
    <div className="touch__scroll" tabIndex={0} role="region" aria-label={explorer.selected(rows.length)}>
      <table className="list">
        <tbody>
          {rows.slice(0, SHOWN).map((row) => (
            <tr key={displayName(kind, row)}>
              <td>{displayName(kind, row)}</td>
              <td>
                <StateBadge state={row.state ?? "none"} round={kind === "runs"} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && <p className="quiet">{explorer.more(rows.length - SHOWN)}</p>}
    </div>
  );
}

function Progress({ work, all }: { work: Work; all: number }) {
  const tried = work.done + work.refused.length;
  return (
    <>
      <progress className="explorer__progress" max={all} value={tried} aria-label={explorer.progress} />
      <p role="status">{work.isOver ? explorer.done(work.done) : explorer.doing(tried, all)}</p>
      {work.isStopped && <p>{explorer.stopped}</p>}
      {work.refused.length > 0 && (
        <div role="alert">
          <p>
            <strong>{explorer.refused(work.refused.length)}</strong>
          </p>
          <ul className="explorer__refused">
            {work.refused.slice(0, SHOWN).map((one, i) => (
              <li key={i}>
                {one.name && <strong>{one.name}: </strong>}
                {one.text}
              </li>
            ))}
          </ul>
          {work.refused.length > SHOWN && <p className="quiet">{explorer.more(work.refused.length - SHOWN)}</p>}
        </div>
      )}
    </>
  );
}
