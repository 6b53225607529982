import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ChartGantt, Columns2, Eraser, Flag, MoreHorizontal, Trash2, Workflow, X } from "lucide-react";
import { useState } from "react";

import { HttpError } from "../../services/http";
import { comparePlace, ganttPlace, graphPlace, taskPlace } from "../../services/places";
import { gridQuery, runQuery } from "../../services/runs";
import type { RunDetail } from "../../services/types";
import { words } from "../../words";
import { places } from "../../words/places";
import { runWords } from "../../words/run";
import { ordered } from "../grid/model";
import { Menu, MenuItem } from "../Menu";
import { Duration, Moment } from "../Moment";
import { Notice, Problem, Skeleton } from "../Notice";
import { PlainLink } from "../PlainLink";
import { StateBadge, StateIcon, stateText } from "../StateIcon";
import { RunEvents } from "./RunEvents";
import { RunNote } from "./RunNote";
import { ClearRunDialog, DeleteRunDialog, MarkRunDialog, type RunMark } from "./RunDialogs";

type Open = { kind: "clear" | "delete" } | { kind: "mark"; state: RunMark } | null;

/** One run beside the grid: what it is, how far it is, and what can be done with it. */
export function RunPanel({ dagId, runId, onClose }: { dagId: string; runId: string; onClose: () => void }) {
  const { data, error, refetch } = useQuery(runQuery(dagId, runId));
  const [open, setOpen] = useState<Open>(null);
  const t = words.run;
  const close = () => setOpen(null);
  return (
    <aside className="panel" aria-label={t.panel}>
      <div className="panel__head">
        <h2 className="grow truncate" title={runId}>
          {data ? <StateBadge state={data.run.state} round /> : t.title}
        </h2>
        {data && (
          <>
            <button type="button" className="button button--small" onClick={() => setOpen({ kind: "clear" })}>
              <Eraser size={13} /> {t.clear}
            </button>
            <Menu
              trigger={
                <button type="button" className="button button--small">
                  <Flag size={13} /> {t.mark}
                </button>
              }
            >
              {(["success", "failed", "queued"] as const).map((state) => (
                <MenuItem key={state} icon={<StateIcon state={state} round />} onSelect={() => setOpen({ kind: "mark", state })}>
                  {t.markState[state]}
                </MenuItem>
              ))}
            </Menu>
            <Menu
              trigger={
                <button type="button" className="button button--small button--icon button--plain" aria-label={words.common.more}>
                  <MoreHorizontal size={15} />
                </button>
              }
            >
              <MenuItem icon={<Trash2 size={14} />} onSelect={() => setOpen({ kind: "delete" })}>
                {t.delete}
              </MenuItem>
            </Menu>
          </>
        )}
        <button type="button" className="button button--small button--icon button--plain" aria-label={t.close} onClick={onClose}>
          <X size={15} />
        </button>
      </div>
      <div className="panel__body">
        {data ? (
          <Body dagId={dagId} detail={data} />
        ) : error instanceof HttpError && error.status === 404 ? (
          <Notice title={t.notFoundTitle} text={t.notFoundText} small />
        ) : error ? (
          <Problem error={error} again={() => void refetch()} small />
        ) : (
          <Skeleton lines={6} />
        )}
      </div>
      {open?.kind === "clear" && <ClearRunDialog dagId={dagId} runId={runId} onClose={close} />}
      {open?.kind === "mark" && <MarkRunDialog dagId={dagId} runId={runId} state={open.state} onClose={close} />}
      {open?.kind === "delete" && <DeleteRunDialog dagId={dagId} runId={runId} onClose={close} onDone={onClose} />}
    </aside>
  );
}

function Body({ dagId, detail: { run, counts, tasks } }: { dagId: string; detail: RunDetail }) {
  const t = words.run;
  const isAlive = run.state === "running" || run.state === "queued";
  const { data: recent } = useInfiniteQuery({ ...gridQuery(dagId, {}), enabled: false });
  const runs = recent?.pages.flatMap((page) => page.runs) ?? [];
  const previous = runs[runs.findIndex((one) => one.run_id === run.run_id) + 1]?.run_id;
  return (
    <>
      <Counts counts={counts} />
      <nav className="row" aria-label={places.views}>
        <PlainLink className="button button--small" href={graphPlace(dagId, run.run_id)}>
          <Workflow size={13} /> {places.graph}
        </PlainLink>
        <PlainLink className="button button--small" href={ganttPlace(dagId, run.run_id)}>
          <ChartGantt size={13} /> {places.gantt}
        </PlainLink>
        <PlainLink className="button button--small" href={comparePlace(dagId, run.run_id, previous)}>
          <Columns2 size={13} /> {runWords.compare}
        </PlainLink>
      </nav>
      <dl className="facts">
        <dt>{t.title}</dt>
        <dd>
          <code>{run.run_id}</code>
        </dd>
        <dt>{t.type}</dt>
        <dd>
          {words.runType[run.run_type]}
          {run.triggering_user && ` · ${run.triggering_user}`}
        </dd>
        <dt>{t.logicalDate}</dt>
        <dd>
          <Moment at={run.logical_date} />
        </dd>
        {run.data_interval_start && run.data_interval_start !== run.data_interval_end && (
          <>
            <dt>{t.interval}</dt>
            <dd>
              <Moment at={run.data_interval_start} />
              <br />
              <Moment at={run.data_interval_end} />
            </dd>
          </>
        )}
        <dt>{runWords.runAfter}</dt>
        <dd>
          <Moment at={run.run_after} />
        </dd>
        {run.queued_at && (
          <>
            <dt>{runWords.queued}</dt>
            <dd>
              <Moment at={run.queued_at} />
            </dd>
          </>
        )}
        <dt>{t.start}</dt>
        <dd>
          <Moment at={run.start_date} />
        </dd>
        <dt>{t.end}</dt>
        <dd>
          <Moment at={run.end_date} />
        </dd>
        <dt>{t.duration}</dt>
        <dd>
          <Duration from={run.start_date} to={run.end_date} running={isAlive} />
        </dd>
        {run.reason && (
          <>
            <dt>{runWords.reason}</dt>
            <dd>{run.reason}</dd>
          </>
        )}
        {run.version_number !== null && (
          <>
            <dt>{t.version}</dt>
            <dd>{words.dag.version(run.version_number)}</dd>
          </>
        )}
      </dl>
      <RunNote dagId={dagId} runId={run.run_id} note={run.note} />
      <section>
        <h3>{t.conf}</h3>
        {Object.keys(run.conf).length ? <pre className="code">{JSON.stringify(run.conf, null, 2)}</pre> : <p className="quiet">{t.noConf}</p>}
      </section>
      <RunEvents dagId={dagId} runId={run.run_id} />
      <section>
        <h3>{t.tasks}</h3>
        <ul className="tasklist">
          {tasks.slice(0, 500).map((task) => (
            <li key={task.task_id}>
              <PlainLink href={taskPlace(dagId, run.run_id, task.task_id)} className="tasklist__item">
                <StateIcon state={task.state} />
                <span className="grow truncate">{task.task_id}</span>
                <span className="sr-only">{stateText(task.state)}</span>
                <span className="quiet">
                  <Duration from={task.start_date} to={task.end_date} running={task.state === "running"} />
                </span>
              </PlainLink>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

/** A bar of states, and what its parts are. */
function Counts({ counts }: { counts: RunDetail["counts"] }) {
  const parts = ordered(counts);
  return (
    <section aria-label={words.run.counts}>
      <span className="countbar" aria-hidden="true">
        {parts.map(([state, n]) => (
          <span key={state} data-state={state} style={{ flexGrow: n }} />
        ))}
      </span>
      <ul className="counts">
        {parts.map(([state, n]) => (
          <li key={state} className="state">
            <StateIcon state={state} /> <strong>{n.toLocaleString(words.locale)}</strong> {stateText(state)}
          </li>
        ))}
      </ul>
    </section>
  );
}
