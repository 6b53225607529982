import "../styles/gantt.css";

import { useQueries, useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";

import { PLAIN, squeezed } from "../components/gantt/axis";
import { CriticalPanel } from "../components/gantt/CriticalPanel";
import { GanttChart } from "../components/gantt/GanttChart";
import { GanttTable } from "../components/gantt/GanttTable";
import { type Row, rowsOf, type Span, wholeSpan, worked } from "../components/gantt/model";
import { GanttToolbar } from "../components/gantt/GanttToolbar";
import { Overview } from "../components/gantt/Overview";
import { zoomKey } from "../components/gantt/zoom";
import { STATE_ORDER } from "../components/grid/model";
import { useFolds } from "../components/grid/useFolds";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { stateText } from "../components/StateIcon";
import { useHotkeys } from "../hooks/useHotkeys";
import { useNow } from "../hooks/useNow";
import type { GanttSearch } from "../routes/gantt";
import { dagQuery } from "../services/dags";
import { type Gantt, type GanttRow, ganttInstancesQuery, ganttQuery } from "../services/gantt";
import { criticalQuery, graphQuery, structureOf } from "../services/graph";
import type { Structure } from "../services/types";
import { words } from "../words";
import { ganttWords } from "../words/gantt";

/** One run in time: what each try waited for, and when it worked. */
export function GanttPage() {
  const { dagId, runId } = useParams({ from: "/layout/dags/$dagId/runs/$runId/gantt" });
  const graph = useQuery(graphQuery(dagId, { run: runId }));
  const gantt = useQuery(ganttQuery(dagId, runId));
  const structure = useMemo(() => graph.data && structureOf(graph.data), [graph.data]);
  const error = gantt.error ?? graph.error;
  if (error && !(gantt.data && structure)) return <Problem error={error} again={() => void Promise.all([gantt.refetch(), graph.refetch()])} />;
  if (!gantt.data || !structure)
    return (
      <div className="ganttpage">
        <Skeleton lines={8} />
      </div>
    );
  return <View key={`${dagId}\0${runId}`} dagId={dagId} runId={runId} gantt={gantt.data} readAt={gantt.dataUpdatedAt} structure={structure} />;
}

/** Goes to the latest run. */
export function LatestGanttPage() {
  const { dagId } = useParams({ from: "/layout/dags/$dagId/gantt" });
  const { data } = useQuery(dagQuery(dagId));
  const run = data?.runs.at(-1);
  if (run) return <Navigate to="/dags/$dagId/runs/$runId/gantt" params={{ dagId, runId: run.run_id }} replace />;
  if (!data) return <Skeleton lines={8} />;
  return <Notice title={words.dag.noRunsTitle} text={words.dag.noRunsText} />;
}

type Props = { dagId: string; runId: string; gantt: Gantt; readAt: number; structure: Structure };

function View({ dagId, runId, gantt, readAt, structure }: Props) {
  const search = useSearch({ from: "/layout/dags/$dagId/runs/$runId/gantt" });
  const navigate = useNavigate();
  const change = (part: GanttSearch) => void navigate({ to: ".", search: (old: GanttSearch) => ({ ...old, ...part }), replace: true });
  const t = ganttWords;

  // Bars that go on grow by the server's clock.
  const isAlive = gantt.rows.some((row) => row.bars.some((bar) => bar[3] === null)) || gantt.end_date === null;
  const ahead = Date.parse(gantt.server_time) - readAt;
  const now = useNow(isAlive ? 1_000 : null) + ahead;

  const folds = useFolds(`gantt ${dagId}`, structure.tasks.length);
  const [unfolded, setUnfolded] = useState<string[]>([]);
  const readings = useQueries({ queries: unfolded.map((taskId) => ganttInstancesQuery(dagId, runId, taskId)) });
  const readRows = readings.map((one) => one.data?.rows);
  const instances = useMemo(() => new Map(unfolded.map((taskId, i) => [taskId, readRows[i]])), [unfolded, ...readRows]);
  const rows = useMemo(
    () => rowsOf(gantt, structure, { hasGroups: !search.flat, isOpen: folds.isOpen, instances, filter: search.tasks ?? "", ...keeping(search, now) }),
    // Which tasks have worked long enough is looked at when there is news, not each second.
    [gantt, structure, search.flat, folds.isOpen, instances, search.tasks, search.only, search.least],
  );
  const all = useMemo(() => rowsOf(gantt, structure, { hasGroups: false, isOpen: () => true, instances: new Map(), filter: "" }), [gantt, structure]);
  const time = wholeSpan(gantt, now);
  const axis = search.squeeze ? squeezed(all, time, now) : PLAIN;
  // The whole run and the part that is shown, on the axis.
  const whole = { from: axis.place(time.from), to: axis.place(time.to) };
  const span = zoomed(search.zoom, whole);
  const zoom = (next: Span | null) => change({ zoom: next === null ? undefined : `${Math.round(next.from - whole.from)}-${Math.round(next.to - whole.from)}` });
  const zoomBy = (key: string) => {
    const next = zoomKey(key, span, whole);
    if (next !== undefined) zoom(next);
  };
  const chain = useQuery({ ...criticalQuery(dagId, runId), enabled: search.critical === true });
  const critical = useMemo(
    () => new Set(search.critical && chain.data ? [...chain.data.steps, ...(chain.data.expected?.tasks ?? [])].map((step) => step.task_id) : []),
    [chain.data, search.critical],
  );
  const [wanted, setWanted] = useState<string | null>(null);
  const fold = (row: Row) => {
    if (row.kind === "group") folds.toggle(row.id);
    else setUnfolded((old) => (old.includes(row.id) ? old.filter((id) => id !== row.id) : [...old, row.id]));
  };
  const show = (taskId: string) => {
    for (let group = structure.tasks.find((task) => task.task_id === taskId)?.group_id; group; group = structure.groups.find((one) => one.group_id === group)?.parent)
      if (!folds.isOpen(group)) folds.toggle(group);
    setWanted(taskId);
  };
  useEffect(() => {
    if (wanted === null) return;
    const timer = window.setTimeout(() => setWanted(null), 500);
    return () => window.clearTimeout(timer);
  }, [wanted]);
  const runs = useQuery(dagQuery(dagId)).data?.runs ?? [];
  const nextRun = (step: number) => {
    const at = runs.findIndex((run) => run.run_id === runId);
    const next = at < 0 ? undefined : runs[at + step];
    if (next) void navigate({ to: ".", params: { dagId, runId: next.run_id }, search: (old: GanttSearch) => ({ ...old, zoom: undefined }) });
  };
  useHotkeys({
    g: () => void navigate({ to: "/dags/$dagId/graph", params: { dagId }, search: { run: runId } }),
    e: () => folds.setAll(!structure.groups.some((group) => folds.isOpen(group.group_id))),
    "[": () => nextRun(-1),
    "]": () => nextRun(1),
    "+": () => zoomBy("+"),
    "=": () => zoomBy("+"),
    "-": () => zoomBy("-"),
    "0": () => zoomBy("0"),
    Escape: () => (search.critical ? change({ critical: undefined }) : zoom(null)),
  });
  return (
    <div className="dagpage__body">
      <section className="ganttpage" aria-label={t.title}>
        <GanttToolbar dagId={dagId} runId={runId} gantt={gantt} now={now} hasGroups={structure.groups.length > 0} search={search} onChange={change} onZoom={zoomBy} />
        {gantt.rows.length === 0 ? (
          <Notice title={t.emptyTitle} text={t.emptyText} />
        ) : search.table ? (
          <GanttTable dagId={dagId} runId={runId} rows={rows} now={now} />
        ) : (
          <GanttChart
            dagId={dagId}
            runId={runId}
            rows={rows}
            axis={axis}
            whole={time}
            span={span}
            now={now}
            critical={critical}
            wanted={wanted}
            onFold={fold}
            overview={(width) => <Overview rows={all} axis={axis} whole={whole} span={span} width={width} now={now} onZoom={zoom} />}
          />
        )}
        {gantt.rows.length > 0 && gantt.rows.every((row) => row.bars.length === 0) && (
          <p className="ganttpage__none soft" role="status">
            {t.emptyTitle}. {t.emptyText}
          </p>
        )}
        {rows.length === 0 && gantt.rows.length > 0 && <p className="ganttpage__none soft">{t.noMatch}</p>}
        {unfolded.some((_, i) => (readRows[i]?.length ?? 0) >= 1_000) && <p className="ganttpage__none soft">{t.firstInstances(1_000)}</p>}
        <Legend gantt={gantt} />
      </section>
      {search.critical && chain.data && <CriticalPanel critical={chain.data} readAt={chain.dataUpdatedAt} onShow={show} onClose={() => change({ critical: undefined })} />}
    </div>
  );
}

const FAILING = ["failed", "upstream_failed", "up_for_retry"];

/** Which tasks the address asks for, by state and by the time they worked. */
function keeping({ only, least }: GanttSearch, now: number): { keeps?: (row: GanttRow) => boolean } {
  if (only === undefined && least === undefined) return {};
  const isWanted = (state: string) => only === undefined || (only === "failing" ? FAILING.includes(state) : state === only);
  return { keeps: (row) => isWanted(row.state) && (least === undefined || worked(row, now) >= least) };
}

/** The bars that are there: what tasks worked to, in the colour of that state, and what they waited for. */
function Legend({ gantt }: { gantt: Gantt }) {
  const bars = gantt.rows.flatMap((row) => row.bars);
  const kinds = new Set(bars.map(([kind]) => kind));
  const ends = new Set(bars.map(([kind, , , , state]) => kind === "running" && state));
  return (
    <ul className="legend" aria-label={ganttWords.legend}>
      {STATE_ORDER.filter((state) => ends.has(state)).map((state) => (
        <li key={state} className="row">
          <span className="gbar gbar--running gbar--sample" data-state={state} aria-hidden="true" />
          {stateText(state)}
        </li>
      ))}
      {(["scheduled", "queued", "deferred", "reschedule", "retry", "input"] as const)
        .filter((kind) => kinds.has(kind))
        .map((kind) => (
          <li key={kind} className="row">
            <span className={`gbar gbar--${kind} gbar--sample`} aria-hidden="true" />
            {ganttWords.kind[kind]}
          </li>
        ))}
    </ul>
  );
}

/** The part of the time that the address names. */
function zoomed(text: string | undefined, whole: Span): Span {
  const [from, to] = (text ?? "").split("-").map(Number);
  if (from === undefined || to === undefined || !(to > from)) return whole;
  return { from: whole.from + Math.max(0, from), to: Math.min(whole.from + to, Math.max(whole.to, whole.from + from + 1)) };
}
