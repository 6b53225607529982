/** One DAG: its head, and below it one of its views. Each view is a child of `dagRoute` with its tab in `dagViews`. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { layout } from "./frame";
import { gridSearch } from "./gridSearch";

export const dagRoute = createRoute({
  getParentRoute: () => layout,
  path: "/dags/$dagId",
  component: lazyRouteComponent(() => import("../pages/DagPage"), "DagPage"),
});

const gridRoute = createRoute({
  getParentRoute: () => dagRoute,
  id: "grid",
  component: lazyRouteComponent(() => import("../pages/GridPage"), "GridPage"),
  validateSearch: gridSearch,
});
const gridIndexRoute = createRoute({ getParentRoute: () => gridRoute, path: "/" });
const gridRunRoute = createRoute({ getParentRoute: () => gridRoute, path: "/runs/$runId" });

export const gridRoutes = gridRoute.addChildren([gridIndexRoute, gridRunRoute]);
