import "../styles/grid.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";

import { DagPanel } from "../components/dag/DagPanel";
import { GridFilter } from "../components/grid/GridFilter";
import { GridView } from "../components/grid/GridView";
import { Legend } from "../components/grid/Legend";
import { columnsOf, rowsOf } from "../components/grid/model";
import { useFolds } from "../components/grid/useFolds";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { RunPanel } from "../components/run/RunPanel";
import { useHotkeys } from "../hooks/useHotkeys";
import type { GridSearch } from "../routes/dag";
import { dagQuery, structureQuery } from "../services/dags";
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
      <Runs dagId={dagId} runId={runId} />
      {runId !== undefined ? (
        <RunPanel key={runId} dagId={dagId} runId={runId} onClose={closeRun} />
      ) : (
        head.data && <DagPanel dag={head.data} />
      )}
    </div>
  );
}

function Runs({ dagId, runId }: { dagId: string; runId: string | undefined }) {
  const search = useSearch({ from: "/layout/dags/$dagId/grid" });
  const navigate = useNavigate();
  const change = (part: GridSearch) => void navigate({ to: ".", search: (old: GridSearch) => ({ ...old, ...part }), replace: true });
  const structure = useQuery(structureQuery(dagId));
  const grid = useInfiniteQuery(gridQuery(dagId, { runType: search.type, state: search.state }));
  const folds = useFolds(dagId, structure.data?.tasks.length ?? 0);
  const pages = grid.data?.pages;
  const columns = useMemo(() => (pages ? columnsOf(pages) : []), [pages]);
  const rows = useMemo(
    () => (pages && structure.data ? rowsOf(structure.data, pages, folds.isOpen, search.tasks ?? "") : []),
    [structure.data, pages, folds.isOpen, search.tasks],
  );
  const error = grid.error ?? structure.error;
  const isFiltered = search.type !== undefined || search.state !== undefined;
  return (
    <section className="runs" aria-label={words.dag.grid}>
      <GridFilter search={search} onChange={change} hasGroups={(structure.data?.groups.length ?? 0) > 0} onFoldAll={folds.setAll} />
      {error && !pages ? (
        <Problem error={error} again={() => void Promise.all([grid.refetch(), structure.refetch()])} />
      ) : !pages || !structure.data ? (
        <Skeleton lines={8} />
      ) : columns.length === 0 ? (
        <Notice title={isFiltered ? words.dag.noMatchTitle : words.dag.noRunsTitle} text={isFiltered ? words.dag.noMatchText : words.dag.noRunsText} />
      ) : (
        <>
          <GridView
            key={dagId}
            dagId={dagId}
            rows={rows}
            columns={columns}
            selectedRun={runId}
            hasOlder={grid.hasNextPage}
            isLoadingOlder={grid.isFetchingNextPage}
            onOlder={() => void grid.fetchNextPage()}
            onFold={folds.toggle}
          />
          {rows.length === 0 && <p className="runs__none soft">{words.dag.noTasks}</p>}
          <Legend columns={columns} />
        </>
      )}
    </section>
  );
}
