/** One DAG: its head, and below it one of its views. Each view is a child of `dagRoute` with its tab in `dagViews`. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import type { RunState, RunType } from "../services/types";
import { layout } from "./frame";
import { defined, type Raw, text } from "./search";

export type GridSearch = { type?: RunType | undefined; state?: RunState | undefined; tasks?: string | undefined };

export const dagRoute = createRoute({
  getParentRoute: () => layout,
  path: "/dags/$dagId",
  component: lazyRouteComponent(() => import("../pages/DagPage"), "DagPage"),
});

const gridRoute = createRoute({
  getParentRoute: () => dagRoute,
  id: "grid",
  component: lazyRouteComponent(() => import("../pages/GridPage"), "GridPage"),
  validateSearch: (raw: Raw): GridSearch =>
    defined({
      type: text(raw.type) as RunType | undefined,
      state: text(raw.state) as RunState | undefined,
      tasks: text(raw.tasks),
    }),
});
const gridIndexRoute = createRoute({ getParentRoute: () => gridRoute, path: "/" });
const gridRunRoute = createRoute({ getParentRoute: () => gridRoute, path: "/runs/$runId" });

export const gridRoutes = gridRoute.addChildren([gridIndexRoute, gridRunRoute]);
