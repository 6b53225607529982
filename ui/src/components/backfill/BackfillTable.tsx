import { useMutation, useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, Pause, Play, X } from "lucide-react";
import { Fragment, useState } from "react";

import { useMay } from "../../hooks/useMay";
import { actOnBackfill, type Backfill, backfillDatesQuery } from "../../services/backfills";
import { client } from "../../services/client";
import { runPlace } from "../../services/places";
import { toasts } from "../../services/toasts";
import type { RunState } from "../../services/types";
import { words } from "../../words";
import { formWords } from "../../words/forms";
import { formatShort } from "../../words/times";
import { Moment } from "../Moment";
import { Problem, Skeleton } from "../Notice";
import { PlainLink } from "../PlainLink";
import { Confirm } from "../run/Confirm";
import { StateBadge, stateText } from "../StateIcon";

const ORDER = ["success", "failed", "running", "queued"] as const satisfies RunState[];
/** Dates that are listed at once. */
const LISTED = 500;

type Props = { dagId: string; rows: Backfill[]; open: number | undefined; onOpen: (id: number | undefined) => void };

/** Backfills, each with how far it is and what can be done with it. */
export function BackfillTable({ dagId, rows, open, onOpen }: Props) {
  const [cancelling, setCancelling] = useState<Backfill | null>(null);
  const mayNot = useMay()("edit", "Backfills");
  const again = () => client.invalidateQueries({ queryKey: ["backfills", dagId] });
  const pause = useMutation({ mutationFn: (row: Backfill) => actOnBackfill(row.id, row.is_paused ? "unpause" : "pause"), onSuccess: again, onError: (error) => toasts.fail(error) });
  const t = formWords;
  return (
    <div className="forms__scroll">
      <table className="list backfills">
        <thead>
          <tr>
            <th scope="col">{t.period}</th>
            <th scope="col">{t.status}</th>
            <th scope="col">{t.progress}</th>
            <th scope="col">{t.reprocess}</th>
            <th scope="col">{t.maxActive}</th>
            <th scope="col">{t.created}</th>
            <th scope="col">
              <span className="sr-only">{words.common.more}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Fragment key={row.id}>
              <tr data-backfill={row.id}>
                <td>
                  <button type="button" className="backfill__open" aria-expanded={open === row.id} aria-label={`${open === row.id ? t.hide : t.show}: ${period(row)}`} onClick={() => onOpen(open === row.id ? undefined : row.id)}>
                    {open === row.id ? <ChevronDown size={14} /> : <ChevronRight size={14} />} {period(row)}
                  </button>
                </td>
                <td>{t[statusOf(row)]}</td>
                <td>
                  <Progress row={row} />
                </td>
                <td>{t[row.reprocess_behavior]}</td>
                <td className="number">{row.max_active_runs}</td>
                <td>
                  <Moment at={row.created_at} relative />
                  {row.triggering_user && <span className="quiet"> · {row.triggering_user}</span>}
                </td>
                <td>
                  {row.completed_at === null && (
                    <span className="row backfill__acts">
                      <button type="button" className="button button--small" disabled={mayNot !== undefined || pause.isPending} title={mayNot} onClick={() => pause.mutate(row)}>
                        {row.is_paused ? <Play size={12} /> : <Pause size={12} />} {row.is_paused ? t.goOn : t.pause}
                      </button>
                      <button type="button" className="button button--small" disabled={mayNot !== undefined} title={mayNot} onClick={() => setCancelling(row)}>
                        <X size={12} /> {t.cancel}
                      </button>
                    </span>
                  )}
                </td>
              </tr>
              {open === row.id && (
                <tr>
                  <td colSpan={7} className="backfill__dates">
                    <Dates dagId={dagId} id={row.id} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
      {cancelling && (
        <Confirm
          title={t.cancelTitle}
          text={t.cancelText(cancelling.dates.queued ?? 0)}
          action={t.cancelDo}
          isDanger
          work={async () => {
            await actOnBackfill(cancelling.id, "cancel");
            await again();
          }}
          onClose={() => setCancelling(null)}
        />
      )}
    </div>
  );
}

const period = (row: Backfill): string => `${formatShort(row.from_date)} – ${formatShort(row.to_date)}`;

function statusOf(row: Backfill): "done" | "paused" | "planning" | "active" {
  if (row.completed_at !== null) return "done";
  if (row.is_paused) return "paused";
  return row.is_planned ? "active" : "planning";
}

/** One bar with a part for each state, and its numbers as text. */
function Progress({ row: { dates } }: { row: Backfill }) {
  const left = dates.left ?? 0;
  const all = ORDER.reduce((sum, state) => sum + (dates[state] ?? 0), 0) + left;
  if (all === 0) return <span className="quiet">{words.common.dash}</span>;
  const done = (dates.success ?? 0) + (dates.failed ?? 0) + left;
  const told = [...ORDER.filter((state) => dates[state]).map((state) => `${dates[state]} ${stateText(state)}`), ...(left ? [`${left} ${formWords.left}`] : [])].join(", ");
  return (
    <div className="backfill__progress" title={told}>
      <span className="backfill__bar" role="img" aria-label={told}>
        {ORDER.map((state) => (dates[state] ? <i key={state} data-state={state} style={{ flexGrow: dates[state] }} /> : null))}
        {left > 0 && <i className="backfill__left" style={{ flexGrow: left }} />}
      </span>
      <span className="soft">{formWords.countOf(done, all)}</span>
    </div>
  );
}

function Dates({ dagId, id }: { dagId: string; id: number }) {
  const { data, error, refetch } = useQuery(backfillDatesQuery(dagId, id));
  if (error && !data) return <Problem error={error} small again={() => void refetch()} />;
  if (!data) return <Skeleton lines={3} />;
  if (data.total === 0) return <p className="quiet">{formWords.planning} …</p>;
  return (
    <>
      <ul className="backfill__list" aria-label={formWords.dates}>
        {data.dates.slice(0, LISTED).map((date, i) => (
          <li key={i}>
            <span className="mono">{date.partition_key ?? (date.logical_date && formatShort(date.logical_date))}</span>
            {date.run_id !== null && date.state !== null && <StateBadge state={date.state} round />}
            {date.run_id !== null && (
              <PlainLink href={runPlace(dagId, date.run_id)} className="truncate">
                {date.run_id}
              </PlainLink>
            )}
            {date.reason !== null && <span className="quiet">{formWords.reasons[date.reason] ?? date.reason}</span>}
          </li>
        ))}
      </ul>
      {data.total > LISTED && <p className="quiet">{formWords.more(data.total - LISTED)}</p>}
    </>
  );
}
