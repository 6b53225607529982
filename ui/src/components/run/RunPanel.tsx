import "../../styles/run.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ChartGantt, Columns2, Eraser, Flag, MoreHorizontal, Trash2, Workflow, X } from "lucide-react";
import { useState } from "react";

import { useMay } from "../../hooks/useMay";
import { HttpError } from "../../services/http";
import { comparePlace, ganttPlace, graphPlace } from "../../services/places";
import { gridQuery, runQuery } from "../../services/runs";
import type { RunDetail } from "../../services/types";
import { words } from "../../words";
import { places } from "../../words/places";
import { runWords } from "../../words/run";
import { CallbacksLink } from "../log/OtherLogs";
import { Menu, MenuItem } from "../Menu";
import { Notice, Problem, Skeleton } from "../Notice";
import { PlainLink } from "../PlainLink";
import { StateBadge, StateIcon } from "../StateIcon";
import { RunConf } from "./RunConf";
import { RunDeadlines } from "./RunDeadlines";
import { RunEvents } from "./RunEvents";
import { RunFacts } from "./RunFacts";
import { RunHistory } from "./RunHistory";
import { RunNote } from "./RunNote";
import { RunRelatives } from "./RunRelatives";
import { RunCounts, RunTasks } from "./RunTasks";
import { ClearRunDialog, DeleteRunDialog, MarkRunDialog, type RunMark } from "./RunDialogs";

type Open = { kind: "clear" | "delete" } | { kind: "mark"; state: RunMark } | null;

/** One run beside the grid: what it is, how far it is, and what can be done with it. */
export function RunPanel({ dagId, runId, onClose }: { dagId: string; runId: string; onClose: () => void }) {
  const { data, error, refetch } = useQuery(runQuery(dagId, runId));
  const [open, setOpen] = useState<Open>(null);
  const t = words.run;
  const close = () => setOpen(null);
  const may = useMay();
  const [mayNotEdit, mayNotDelete] = [may("edit", "DAG Runs", dagId), may("delete", "DAG Runs", dagId)];
  return (
    <aside className="panel" aria-label={t.panel}>
      <div className="panel__head">
        <h2 className="grow truncate" title={runId}>
          {data ? <StateBadge state={data.run.state} round /> : t.title}
        </h2>
        {data && (
          <>
            <button type="button" className="button button--small" disabled={mayNotEdit !== undefined} title={mayNotEdit} onClick={() => setOpen({ kind: "clear" })}>
              <Eraser size={13} /> {t.clear}
            </button>
            <Menu
              trigger={
                <button type="button" className="button button--small" disabled={mayNotEdit !== undefined} title={mayNotEdit}>
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
              <MenuItem icon={<Trash2 size={14} />} disabled={mayNotDelete !== undefined} onSelect={() => setOpen({ kind: "delete" })}>
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

function Body({ dagId, detail: { run, counts } }: { dagId: string; detail: RunDetail }) {
  const { data: recent } = useInfiniteQuery({ ...gridQuery(dagId, {}), enabled: false });
  const runs = recent?.pages.flatMap((page) => page.runs) ?? [];
  const previous = runs[runs.findIndex((one) => one.run_id === run.run_id) + 1]?.run_id;
  const at = { dagId, runId: run.run_id };
  return (
    <>
      <RunCounts {...at} counts={counts} />
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
        <CallbacksLink dagId={dagId} runId={run.run_id} />
      </nav>
      <RunFacts dagId={dagId} run={run} />
      <RunRelatives {...at} />
      <RunDeadlines {...at} />
      <RunNote {...at} note={run.note} />
      <RunConf dagId={dagId} run={run} />
      <RunEvents {...at} />
      <RunTasks {...at} />
      <RunHistory {...at} />
    </>
  );
}
