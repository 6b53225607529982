import "../styles/dagpage.css";
import "../styles/grid.css";
import "../styles/panel.css";
import "../styles/marks.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo } from "react";

import { DagPanel } from "../components/dag/DagPanel";
import { neighbours, reach } from "../components/graph/paths";
import { GridFilter } from "../components/grid/GridFilter";
import { GridView } from "../components/grid/GridView";
import { Legend } from "../components/grid/Legend";
import { columnsOf, goneTasks, rowsOf, troubled } from "../components/grid/model";
import { useFolds } from "../components/grid/useFolds";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { RunPanel } from "../components/run/RunPanel";
import { useHotkeys } from "../hooks/useHotkeys";
import { gridFilter, type GridSearch } from "../routes/gridSearch";
import { dagQuery } from "../services/dags";
import { type Graph, graphQuery, structureOf, taskIndex } from "../services/graph";
import { gridQuery } from "../services/runs";
import { words } from "../words";

/** The runs of a DAG against its tasks, and beside them the run that the address names. */
export function GridPage() {
  const { dagId } = useParams({ from: "/layout/dags/$dagId" });
  const { runId } = useParams({ strict: false });
  const head = useQuery(dagQuery(dagId));
  const navigate = useNavigate();
  const closeRun = () => void navigate({ to: "/dags/$dagId", params: { dagId }, search: (old: GridSearch) => old });
  useHotkeys({ Escape: closeRun }, runId !== undefined);
  return (
    <div className="dagpage__body">
      <Runs dagId={dagId} runId={runId} onLeaveRun={closeRun} />
      {runId !== undefined ? (
        <RunPanel key={runId} dagId={dagId} runId={runId} onClose={closeRun} />
      ) : (
        head.data && <DagPanel dag={head.data} />
      )}
    </div>
  );
}

function Runs({ dagId, runId, onLeaveRun }: { dagId: string; runId: string | undefined; onLeaveRun: () => void }) {
  const search = useSearch({ from: "/layout/dags/$dagId/grid" });
  const navigate = useNavigate();
  const change = (part: GridSearch) => void navigate({ to: ".", search: (old: GridSearch) => ({ ...old, ...part }), replace: true });
  const drawn = useQuery(graphQuery(dagId));
  const graph = drawn.data;
  const structure = useMemo(() => graph && structureOf(graph), [graph]);
  const { limit } = search;
  const grid = useInfiniteQuery(gridQuery(dagId, gridFilter(search)));
  // The rest of the runs that are wanted at once.
  const isIncomplete = grid.data?.pages.length === 1 && grid.hasNextPage && (limit ?? 0) > (grid.data.pages[0]?.runs.length ?? 0);
  const { fetchNextPage } = grid;
  useEffect(() => {
    if (isIncomplete) void fetchNextPage();
  }, [isIncomplete, fetchNextPage]);
  const folds = useFolds(dagId, structure?.tasks.length ?? 0);
  const pages = grid.data?.pages;
  const columns = useMemo(() => (pages ? columnsOf(pages) : []), [pages]);
  // The rows stay the same objects while states change: what belongs to them is remembered by them.
  const goneKey = pages ? goneTasks(pages).join("\n") : "";
  const gone = useMemo(() => (goneKey ? goneKey.split("\n") : []), [goneKey]);
  const inStream = useMemo(() => graph && streamOf(graph, search), [graph, search.of, search.side, search.depth]);
  // As text, so that the rows stay the same objects while no other task fails.
  const failing = search.failing ? [...troubled(columns)].join("\n") : null;
  const only = useMemo(() => {
    if (failing === null) return inStream;
    const some = new Set(failing.split("\n"));
    return inStream ? new Set([...inStream].filter((id) => some.has(id))) : some;
  }, [inStream, failing]);
  const rows = useMemo(
    () => (structure ? rowsOf(structure, gone, { isOpen: folds.isOpen, filter: search.tasks ?? "", only: only ?? null }) : []),
    [structure, gone, folds.isOpen, search.tasks, only],
  );
  const stream = useCallback((of: string) => void navigate({ to: ".", search: (old: GridSearch) => ({ ...old, of }), replace: true }), [navigate]);
  const nextRun = (step: number) => {
    const at = columns.findIndex((column) => column.run.run_id === runId);
    const next = columns[at < 0 ? columns.length - 1 : at + step];
    if (next) void navigate({ to: "/dags/$dagId/runs/$runId", params: { dagId, runId: next.run.run_id }, search: (old: GridSearch) => old });
  };
  useHotkeys({
    e: () => folds.setAll(!structure?.groups.some((group) => folds.isOpen(group.group_id))),
    g: () => void navigate({ to: "/dags/$dagId/graph", params: { dagId }, search: runId === undefined ? {} : { run: runId } }),
    "[": () => nextRun(-1),
    "]": () => nextRun(1),
  });
  const error = grid.error ?? drawn.error;
  const isFiltered = [search.type, search.state, search.user, search.since, search.until].some((one) => one !== undefined);
  return (
    <section className="runs" aria-label={words.dag.grid}>
      <GridFilter search={search} onChange={change} hasGroups={(structure?.groups.length ?? 0) > 0} onFoldAll={folds.setAll} />
      {error && !pages ? (
        <Problem error={error} again={() => void Promise.all([grid.refetch(), drawn.refetch()])} />
      ) : !pages || !structure ? (
        <Skeleton lines={8} />
      ) : columns.length === 0 ? (
        <NoRuns dagId={dagId} isFiltered={isFiltered} />
      ) : (
        <>
          <GridView
            key={dagId}
            dagId={dagId}
            rows={rows}
            columns={columns}
            selectedRun={runId}
            hasBars={!search.plain}
            hasOlder={grid.hasNextPage}
            isLoadingOlder={grid.isFetchingNextPage}
            onOlder={() => void grid.fetchNextPage()}
            onFold={folds.toggle}
            onStream={stream}
            onLeaveRun={onLeaveRun}
          />
          {rows.length === 0 && <p className="runs__none soft">{words.dag.noTasks}</p>}
          <Legend columns={columns} />
        </>
      )}
    </section>
  );
}

/** The tasks that are up or down the stream of the one that the address names; null = all. */
function streamOf(graph: Graph, { of, side = "both", depth = Number.POSITIVE_INFINITY }: GridSearch): Set<string> | null {
  const start = of === undefined ? undefined : taskIndex(graph).get(of);
  if (start === undefined) return null;
  const near = neighbours(graph.parents.length, graph.edges);
  const found = new Set([...(side === "down" ? [start] : reach([start], near.up, depth)), ...(side === "up" ? [] : reach([start], near.down, depth))]);
  return new Set([...found].flatMap((node) => graph.tasks[node] ?? []));
}

/** What makes the first run: that depends on whether anything but a person can. */
function NoRuns({ dagId, isFiltered }: { dagId: string; isFiltered: boolean }) {
  const t = words.dag;
  const { data: dag } = useQuery(dagQuery(dagId));
  if (isFiltered) return <Notice title={t.noMatchTitle} text={t.noMatchText} />;
  return <Notice title={t.noRunsTitle} text={dag?.schedule === null ? t.noRunsByHand : dag?.is_paused ? t.noRunsPaused : t.noRunsText} />;
}
