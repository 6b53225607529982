/** The explorers of all runs and all task instances, also as views of one DAG. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { type ExplorerSearch, FIELDS, type Kind } from "../services/explorer";
import type { RunType } from "../services/types";
import { dagRoute } from "./dag";
import { layout } from "./frame";
import { defined, type Raw, text, texts } from "./search";

const searchOf = (kind: Kind) => (raw: Raw): ExplorerSearch => {
  const many = (value: unknown) => texts(typeof value === "string" ? [value] : value);
  const found: ExplorerSearch = {
    dag: text(raw.dag),
    dag_run: kind === "tasks" ? text(raw.dag_run) : undefined,
    states: many(raw.states),
    types: many(raw.types) as RunType[] | undefined,
    sort: text(raw.sort),
    cursor: text(raw.cursor),
  };
  for (const { name } of FIELDS[kind]) found[name] = text(raw[name]);
  return defined(found);
};

const runsRoute = createRoute({
  getParentRoute: () => layout,
  path: "/runs",
  component: lazyRouteComponent(() => import("../pages/RunsPage"), "RunsPage"),
  validateSearch: searchOf("runs"),
});
const tasksRoute = createRoute({
  getParentRoute: () => layout,
  path: "/tasks",
  component: lazyRouteComponent(() => import("../pages/TasksPage"), "TasksPage"),
  validateSearch: searchOf("tasks"),
});
const dagRunsRoute = createRoute({
  getParentRoute: () => dagRoute,
  path: "/runs",
  component: lazyRouteComponent(() => import("../pages/DagRunsPage"), "DagRunsPage"),
  validateSearch: searchOf("runs"),
});

export const explorerRoutes = [runsRoute, tasksRoute] as const;
export const dagExplorerRoutes = [dagRunsRoute] as const;
