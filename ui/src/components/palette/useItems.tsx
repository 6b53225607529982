import { useQuery } from "@tanstack/react-query";
import { useLocation, useRouter } from "@tanstack/react-router";
import { Box, CirclePlay, type LucideIcon, MapPin, Zap } from "lucide-react";
import type { ReactNode } from "react";

import { useMay } from "../../hooks/useMay";
import { ADMIN_PLACES } from "../../services/adminPlaces";
import { dagNamesQuery, dagQuery, setPaused } from "../../services/dags";
import { client } from "../../services/client";
import { path, withQuery } from "../../services/http";
import { fit } from "../../services/match";
import { dagPlace, runPlace, taskPlace } from "../../services/places";
import { settings } from "../../services/settings";
import { tasksOfQuery } from "../../services/tasksOf";
import { toasts } from "../../services/toasts";
import { words } from "../../words";
import { palette } from "../../words/palette";
import { people } from "../../words/people";
import { places } from "../../words/places";
import { scheduleText } from "../../words/schedule";
import { PLACES } from "../NavRail";
import { StateIcon } from "../StateIcon";

export type Kind = "dag" | "task" | "run" | "place" | "action";
/** What an action of the palette opens in place of it. */
export type Ask = { what: "trigger"; dag: string } | { what: "clear" | "success" | "failed" | "delete"; dag: string; run: string };
export type Item = { key: string; kind: Kind; name: string; note?: string; icon: ReactNode; rank: number; asks: boolean; go: () => void };

const ICONS: Record<Exclude<Kind, "dag" | "run">, LucideIcon> = { task: Box, place: MapPin, action: Zap };
/** Results at most, and those of one kind. */
const SHOWN = 14;
/** Exact fits of what one can do here come before names elsewhere that fit as well. */
const WEIGHT: Record<Kind, number> = { dag: 3, task: 1, run: 0, place: 2, action: 4 };

/** All that fits what was typed, the best first. `search`: what the server is asked for; `isReady`: it has answered; `error`: it has not. */
export function useItems(typed: string, search: string, ask: (what: Ask) => void): { items: Item[]; isReady: boolean; error: Error | null } {
  const router = useRouter();
  const may = useMay();
  const pathname = useLocation({ select: (at) => at.pathname });
  const [, dagPart, runPart] = /^\/dags\/([^/]+)(?:\/runs\/([^/]+))?/.exec(pathname) ?? [];
  const here = dagPart && decodeURIComponent(dagPart);
  const run = runPart && decodeURIComponent(runPart);
  const names = useQuery(dagNamesQuery(search));
  const head = useQuery({ ...dagQuery(here ?? ""), enabled: here !== undefined });
  const structure = useQuery({ ...tasksOfQuery(here ?? ""), enabled: here !== undefined });
  const found: Item[] = [];
  const go = (href: string) => () => router.history.push(href);
  const add = (kind: Kind, key: string, name: string, act: () => void, more: { note?: string | undefined; icon?: ReactNode; words?: string | undefined; rank?: number; asks?: boolean } = {}) => {
    const best = more.rank ?? Math.max(fit(name, typed), fit(more.words ?? "", typed) * (more.words ? 1 : 0));
    if (best <= 0) return;
    const Icon = kind === "dag" || kind === "run" ? CirclePlay : ICONS[kind];
    found.push({ key: `${kind} ${key}`, kind, name, go: act, asks: more.asks ?? false, rank: best + WEIGHT[kind], icon: more.icon ?? <Icon size={14} aria-hidden="true" />, ...(more.note && { note: more.note }) });
  };

  for (const dag of names.data?.dags ?? []) {
    const state = dag.runs.at(-1)?.state ?? "none";
    add("dag", dag.dag_id, dag.display_name, go(dagPlace(dag.dag_id)), { note: scheduleText(dag), words: dag.dag_id, icon: <StateIcon state={state} round /> });
    if (fit(dag.display_name, typed) >= 30 && typed && may("create", "DAG Runs", dag.dag_id) === undefined)
      add("action", `trigger ${dag.dag_id}`, palette.trigger(dag.display_name), () => ask({ what: "trigger", dag: dag.dag_id }), { rank: fit(dag.display_name, typed) - 25, asks: true });
  }
  if (here !== undefined && head.data) {
    const { display_name: name, is_paused: isPaused } = head.data;
    if (may("create", "DAG Runs", here) === undefined) add("action", "trigger here", palette.trigger(name), () => ask({ what: "trigger", dag: here }), { asks: true });
    if (may("edit", "DAGs", here) === undefined) add("action", "pause", isPaused ? palette.unpause(name) : palette.pause(name), () => void pause(here, name, !isPaused));
    for (const [view, text] of [["", places.grid], ["/graph", places.graph], ["/gantt", places.gantt], ["/runs", places.runs], ["/overview", places.overview], ["/tasks", places.tasks], ["/calendar", places.calendar], ["/durations", places.durations], ["/backfills", places.backfills], ["/code", places.code]] as const)
      add("place", `view ${view}`, palette.of(text, name), go(dagPlace(here) + view));
    for (const bar of [...head.data.runs].reverse())
      add("run", bar.run_id, bar.run_id, go(runPlace(here, bar.run_id)), { note: words.runState[bar.state], icon: <StateIcon state={bar.state} round /> });
  }
  if (here !== undefined && run !== undefined && may("edit", "DAG Runs", here) === undefined) {
    add("action", "clear", palette.clearRun(run), () => ask({ what: "clear", dag: here, run }), { asks: true });
    for (const state of ["success", "failed"] as const) add("action", state, palette.markRun(run, words.runState[state]), () => ask({ what: state, dag: here, run }), { asks: true });
    if (may("delete", "DAG Runs", here) === undefined) add("action", "delete", palette.deleteRun(run), () => ask({ what: "delete", dag: here, run }), { asks: true });
  }
  if (here !== undefined)
    for (const task of structure.data?.tasks ?? [])
      add("task", task.task_id, task.task_id, go(run === undefined ? withQuery(path`/dags/${here}`, { tasks: task.task_id }) : taskPlace(here, run, task.task_id)), { note: task.operator });
  for (const { to, name } of PLACES) add("place", to, name, go(to));
  for (const { to, name, resource } of ADMIN_PLACES) if (may("read", resource) === undefined) add("place", to, name, go(to));
  add("place", "account", people.account.title, go("/account"), { words: people.account.settings });
  if (typed) {
    for (const theme of ["light", "dark", "system"] as const) add("action", `theme ${theme}`, palette.theme(words.top.themes[theme]), () => settings.change({ theme }));
    for (const density of ["comfortable", "compact"] as const) add("action", `density ${density}`, palette.density(people.settings.densities[density]), () => settings.change({ density }));
    add("place", "runs with", palette.runsWith(typed), go(withQuery("/runs", { run: JSON.stringify(typed) })), { rank: 2 });
    add("place", "tasks with", palette.tasksWith(typed), go(withQuery("/tasks", { task_like: JSON.stringify(typed) })), { rank: 1 });
  }
  const { error } = names;
  const isReady = error === null && search === typed && !names.isPlaceholderData && !names.isPending && !head.isLoading && !structure.isLoading;
  return { items: found.sort((a, b) => b.rank - a.rank).slice(0, SHOWN), isReady, error };
}

async function pause(dag: string, name: string, isPaused: boolean): Promise<void> {
  try {
    await setPaused(dag, isPaused);
    await Promise.all([["dag", dag], ["dags"]].map((queryKey) => client.invalidateQueries({ queryKey })));
    toasts.tell(isPaused ? palette.paused(name) : palette.unpaused(name));
  } catch (error) {
    toasts.fail(error);
  }
}
