import "../styles/graph.css";

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { failedTasks, findNode, matching, nodeRef, wantedNodes } from "../components/graph/filter";
import { ExpectedEnd } from "../components/graph/ExpectedEnd";
import { type CanvasHandle, GraphCanvas } from "../components/graph/GraphCanvas";
import { GraphPanel } from "../components/graph/GraphPanel";
import { GraphToolbar } from "../components/graph/GraphToolbar";
import { GraphTree, treeRows } from "../components/graph/GraphTree";
import { colorsNow, isGroup, type Look, type Shown, shownStates } from "../components/graph/look";
import { between, neighbours } from "../components/graph/paths";
import { place } from "../components/graph/place";
import { litWay, type Scene } from "../components/graph/stage";
import { save, toPng, toSvg } from "../components/graph/svg";
import { useFolds } from "../components/grid/useFolds";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { useHotkeys } from "../hooks/useHotkeys";
import { useLook } from "../hooks/useSettings";
import type { GraphSearch } from "../routes/graph";
import { dagQuery } from "../services/dags";
import { criticalQuery, type Graph, graphQuery, runStatesQuery, taskIndex, versionsQuery } from "../services/graph";
import type { RunBar } from "../services/types";
import { toasts } from "../services/toasts";
import { graphWords } from "../words/graph";
import { formatDuration } from "../words/times";

/** The tasks of a DAG version and what depends on what, with the states of a run. */
export function GraphPage() {
  const { dagId } = useParams({ from: "/layout/dags/$dagId" });
  const search = useSearch({ from: "/layout/dags/$dagId/graph" });
  const head = useQuery(dagQuery(dagId));
  const runs = head.data?.runs ?? [];
  const runId = search.run === "none" ? undefined : (search.run ?? runs.at(-1)?.run_id);
  const isKnown = search.version !== undefined || search.run !== undefined || head.data !== undefined;
  const { data, error, refetch } = useQuery({ ...graphQuery(dagId, { version: search.version, run: runId }), enabled: isKnown });
  const graph = useSameVersion(data);
  if (error && !graph) return <Problem error={error} again={() => void refetch()} />;
  if (!graph)
    return (
      <div className="graph">
        <Skeleton lines={8} />
      </div>
    );
  if (graph.tasks.length === 0) return <Notice title={graphWords.emptyTitle} text={graphWords.emptyText} />;
  return <GraphView key={dagId} dagId={dagId} graph={graph} runId={runId} runs={runs} search={search} />;
}

/** The same object as long as the same version is drawn: two runs of it need no new drawing. */
function useSameVersion(data: Graph | undefined): Graph | undefined {
  const [kept, setKept] = useState(data);
  const isSame = kept && data && kept.version_number === data.version_number && kept.tasks.length === data.tasks.length && kept.tasks[0] === data.tasks[0];
  if (data && !isSame && kept !== data) setKept(data);
  return isSame ? kept : data;
}

const NONE: { task_id: string }[] = [];

type ViewProps = { dagId: string; graph: Graph; runId: string | undefined; runs: RunBar[]; search: GraphSearch };

function GraphView({ dagId, graph, runId, runs, search }: ViewProps) {
  const navigate = useNavigate();
  const change = useCallback(
    (part: GraphSearch, isStep = false) => void navigate({ to: ".", search: (old: GraphSearch) => ({ ...old, ...part }), replace: !isStep }),
    [navigate],
  );
  const canvas = useRef<CanvasHandle>(null);
  const versions = useQuery(versionsQuery(dagId));
  const runStates = useQuery({ ...runStatesQuery(dagId, runId ?? "", search.version), enabled: runId !== undefined });
  const critical = useQuery({ ...criticalQuery(dagId, runId ?? ""), enabled: runId !== undefined && search.critical === true });
  const states = runId !== undefined && runStates.data?.run_id === runId && runStates.data.version_number === graph.version_number ? runStates.data : undefined;

  // What is shown.
  const near = useMemo(() => neighbours(graph.parents.length, graph.edges), [graph]);
  const filterStates = search.only !== undefined ? states : undefined;
  const wanted = useMemo(
    () => wantedNodes(graph, near, filterStates, { of: search.of, side: search.side, depth: search.depth, only: search.only }),
    [graph, near, filterStates, search.of, search.side, search.depth, search.only],
  );
  const folds = useFolds(`${dagId}${wanted ? " filtered" : ""}`, wanted ? wanted.size : graph.tasks.length);
  const [anchor, setAnchor] = useState(-1);
  const firstGroup = graph.tasks.length;
  const isOpen = useCallback((node: number) => folds.isOpen(graph.groups[node - firstGroup]?.group_id ?? ""), [folds.isOpen, graph, firstGroup]);
  const isShown = useCallback(
    (node: number) => (wanted === null || wanted.has(node)) && !(search.bare && node >= firstGroup + graph.groups.length),
    [wanted, search.bare, graph, firstGroup],
  );
  const direction = search.dir ?? "LR";
  const drawing = useMemo(() => place(graph, { isOpen, isShown, direction }), [graph, isOpen, isShown, direction]);
  const rows = useMemo(() => treeRows(graph, isShown, isOpen), [graph, isShown, isOpen]);

  // How it looks.
  const selected = useMemo(() => findNode(graph, search.node), [graph, search.node]);
  const paths = useMemo(() => {
    const [from, to] = [findNode(graph, search.from), findNode(graph, search.to)];
    return from >= 0 && to >= 0 ? between(from, to, near) : null;
  }, [graph, near, search.from, search.to]);
  const steps = search.critical ? critical.data?.steps : undefined;
  const coming = (search.critical && critical.data?.expected?.tasks) || NONE;
  const matches = useMemo(() => matching(graph, search.q), [graph, search.q]);
  const shown = useMemo(() => shownStates(graph, drawing, states), [graph, drawing, states]);
  const look = useLook();
  // The colours follow the theme and the palette.
  const colors = useMemo(colorsNow, [look]);
  const scene = useMemo((): Scene => {
    const index = taskIndex(graph);
    const way = paths?.shortest ?? [...new Set([...(steps ?? []), ...coming].map((step) => index.get(step.task_id) ?? -1))];
    const lit = litWay(drawing, way);
    const wide = paths ? [...paths.all] : null;
    const found = matches ?? wide;
    const look: Look = {
      shown,
      litBoxes: lit.boxes,
      litLines: lit.lines,
      found: found ? new Set(found.map((node) => drawing.shownAs[node] ?? -1)) : null,
      selected: drawing.shownAs[selected] ?? -1,
      pointed: -1,
    };
    return { graph, drawing, look, colors };
  }, [graph, drawing, shown, paths, steps, coming, matches, selected, colors]);

  // What can be done.
  const toggle = (node: number) => {
    setAnchor(node);
    folds.toggle(graph.groups[node - firstGroup]?.group_id ?? "");
  };
  const foldAll = (open: boolean) => {
    setAnchor(-1);
    folds.setAll(open);
  };
  const select = (node: number) => change({ node: node < 0 ? undefined : nodeRef(graph, node) }, node >= 0);
  const goTo = (node: number) => {
    for (let up = graph.parents[node] ?? -1; up >= 0; up = graph.parents[up] ?? -1) if (!isOpen(up)) folds.toggle(graph.groups[up - firstGroup]?.group_id ?? "");
    setAnchor(node);
    select(node);
  };
  useEffect(() => {
    if (selected >= 0) canvas.current?.reveal(selected);
  }, [selected, drawing]);
  const [foundAt, setFoundAt] = useState(-1);
  useEffect(() => setFoundAt(-1), [search.q]);
  const nextFound = (step: number) => {
    if (!matches?.length) return;
    const next = (foundAt + step + matches.length) % matches.length;
    setFoundAt(next);
    goTo(matches[next] ?? 0);
  };
  const nextFailure = (step: number) => {
    const failed = states ? failedTasks(graph, states) : [];
    if (!failed.length) return;
    const at = failed.indexOf(selected);
    goTo(failed[(at < 0 ? (step > 0 ? 0 : failed.length - 1) : at + step + failed.length) % failed.length] ?? 0);
  };
  const nextRun = (step: number) => {
    const at = runs.findIndex((run) => run.run_id === runId);
    const next = at < 0 ? undefined : runs[at + step];
    if (next) change({ run: next.run_id, version: undefined });
  };
  useHotkeys({
    g: () => void (search.run !== undefined && runId !== undefined ? navigate({ to: "/dags/$dagId/runs/$runId", params: { dagId, runId } }) : navigate({ to: "/dags/$dagId", params: { dagId } })),
    e: () => foldAll(!graph.groups.some((_, i) => isOpen(firstGroup + i))),
    n: () => nextFailure(1),
    p: () => nextFailure(-1),
    "[": () => nextRun(-1),
    "]": () => nextRun(1),
    Escape: () => select(-1),
  });
  const savePicture = (kind: "png" | "svg") => {
    const name = `${dagId}${runId ? `.${runId}` : ""}.${kind}`;
    if (kind === "svg") save(new Blob([toSvg(scene)], { type: "image/svg+xml" }), name);
    else void toPng(scene).then((blob) => save(blob, name), toasts.fail);
  };
  const shownOf = (node: number): Shown | null => {
    const at = drawing.shownAs[node] ?? -1;
    const box = drawing.boxes[at];
    if (box?.node === node && !box.isOpen) return shown[at] ?? null;
    return null;
  };
  const t = graphWords;
  const taskCount = wanted === null ? graph.tasks.length : [...wanted].filter((node) => node < firstGroup).length;
  return (
    <div className="dagpage__body">
      <section className="graph" aria-label={t.title}>
        <GraphToolbar
          search={search}
          onChange={change}
          runs={runs}
          runId={runId}
          versions={versions.data?.dag_versions.map((version) => version.version_number) ?? []}
          ran={runStates.data?.run_id === runId ? (runStates.data?.versions ?? []) : []}
          hasGroups={graph.groups.length > 0}
          hasExtras={graph.extras.length > 0}
          onFoldAll={foldAll}
          found={matches && { at: foundAt + 1, count: matches.length }}
          onNextFound={nextFound}
          onSave={savePicture}
        />
        <p className="graph__line soft" role="status">
          <span>{t.shown(taskCount, graph.tasks.length)}</span>
          {search.of !== undefined && <Chip text={search.of.startsWith("group:") ? t.inGroup(search.of.slice("group:".length)) : t.ofTask(search.of, t.sides[search.side ?? "both"])} onEnd={() => change({ of: undefined, side: undefined, depth: undefined })} />}
          {search.from !== undefined && (
            <Chip
              text={
                search.to === undefined
                  ? t.pathChoose(search.from)
                  : paths
                    ? t.pathFound(...(paths.isBackwards ? ([search.to, search.from] as const) : ([search.from, search.to] as const)), paths.shortest.length - 1, paths.all.size)
                    : t.pathNone(search.from, search.to)
              }
              onEnd={() => change({ from: undefined, to: undefined })}
            />
          )}
          {steps && steps.length > 0 && <span className="graph__critical">{t.criticalLine(steps.length, formatDuration(wholeTime(steps)))}</span>}
          {search.critical && critical.data && <ExpectedEnd critical={critical.data} readAt={critical.dataUpdatedAt} />}
        </p>
        {taskCount === 0 ? (
          <Notice title={t.nothingTitle} text={t.nothingText}>
            <button type="button" className="button" onClick={() => change({ only: undefined, of: undefined, side: undefined, depth: undefined })}>
              {t.clearFilter}
            </button>
          </Notice>
        ) : (
          <div className="graph__body">
            <GraphTree graph={graph} rows={rows} shownOf={shownOf} selected={selected} found={matches && new Set(matches)} onSelect={select} onToggle={toggle} />
            <GraphCanvas ref={canvas} scene={scene} anchor={anchor} onSelect={select} onToggle={toggle} />
          </div>
        )}
      </section>
      {selected >= 0 && (
        <GraphPanel
          dagId={dagId}
          runId={states ? runId : undefined}
          graph={graph}
          node={selected}
          shown={shown[drawing.shownAs[selected] ?? -1] ?? null}
          near={near}
          search={search}
          onChange={change}
          onSelect={(node) => (node < 0 || isGroup(graph, node) ? select(node) : goTo(node))}
        />
      )}
    </div>
  );
}

/** Seconds from the first step to the end of the last. */
function wholeTime(steps: { start: string; end: string; waited: number }[]): number {
  const [first, last] = [steps[0], steps.at(-1)];
  return first && last ? (Date.parse(last.end) - Date.parse(first.start)) / 1000 : 0;
}

function Chip({ text, onEnd }: { text: string; onEnd: () => void }) {
  return (
    <span className="graph__chip">
      <span className="truncate">{text}</span>
      <button type="button" className="button button--small button--icon button--plain" aria-label={graphWords.endPath} onClick={onEnd}>
        <X size={13} />
      </button>
    </span>
  );
}
