import "../../styles/run.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ChartGantt, Columns2, Eraser, Flag, MoreHorizontal, Trash2, Workflow, X } from "lucide-react";
import { useRef } from "react";

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
import { StateBadge } from "../StateIcon";
import { ActsKey, inGrid } from "../touch/ActsMenu";
import { useTouchKeys } from "../touch/useTouch";
import { RunConf } from "./RunConf";
import { RunDeadlines } from "./RunDeadlines";
import { RunEvents } from "./RunEvents";
import { RunFacts } from "./RunFacts";
import { RunHistory } from "./RunHistory";
import { RunNote } from "./RunNote";
import { RunRelatives } from "./RunRelatives";
import { RunCounts, RunTasks } from "./RunTasks";
import { RunItems, RunMarkItems, useRunTouch } from "./useRunTouch";

/** One run beside the grid: what it is, how far it is, and what can be done with it. */
export function RunPanel({ dagId, runId, onClose }: { dagId: string; runId: string; onClose: () => void }) {
  const { data, error, refetch } = useQuery(runQuery(dagId, runId));
  const t = words.run;
  const touch = useRunTouch(dagId, onClose);
  const [mayNotEdit, mayNotDelete] = [touch.whyNot("clear"), touch.whyNot("delete")];
  const first = useRef<HTMLButtonElement>(null);
  useTouchKeys((act, event) => (data && !inGrid(event) ? touch.open(act, runId) : false));
  return (
    <aside className="panel" aria-label={t.panel}>
      <div className="panel__head">
        <h2 className="grow truncate" title={runId}>
          {data ? <StateBadge state={data.run.state} round /> : t.title}
        </h2>
        {data && (
          <>
            <button ref={first} type="button" className="button button--small" disabled={mayNotEdit !== undefined} title={mayNotEdit} onClick={() => touch.open("clear", runId)}>
              <Eraser size={13} /> {t.clear}
            </button>
            <Menu
              trigger={
                <button type="button" className="button button--small" disabled={mayNotEdit !== undefined} title={mayNotEdit}>
                  <Flag size={13} /> {t.mark}
                </button>
              }
            >
              <RunMarkItems touch={touch} runId={runId} />
            </Menu>
            <Menu
              trigger={
                <button type="button" className="button button--small button--icon button--plain" aria-label={words.common.more}>
                  <MoreHorizontal size={15} />
                </button>
              }
            >
              <MenuItem icon={<Trash2 size={14} />} disabled={mayNotDelete !== undefined} onSelect={() => touch.open("delete", runId)}>
                {t.delete}
              </MenuItem>
            </Menu>
            <ActsKey anchor={first}>
              <RunItems touch={touch} runId={runId} />
            </ActsKey>
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
      {touch.dialog}
    </aside>
  );
}

function Body({ dagId, detail: { run, counts, versions } }: { dagId: string; detail: RunDetail }) {
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
      <RunFacts dagId={dagId} run={run} versions={versions} />
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
