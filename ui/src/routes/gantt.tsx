/** A run in time. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { dagRoute } from "./dag";
import { count, defined, flag, type Raw, text } from "./search";

export type GanttSearch = {
  /** Part of the time that is shown, "from-to": milliseconds since the run's begin. */
  zoom?: string | undefined;
  tasks?: string | undefined;
  /** Without groups, in the order of time. */
  flat?: true | undefined;
  table?: true | undefined;
  critical?: true | undefined;
  /** Long stretches without work are drawn short. */
  squeeze?: true | undefined;
  /** Tasks in this state, or "failing". */
  only?: string | undefined;
  /** Tasks that worked for so many seconds at least. */
  least?: number | undefined;
};

const ganttRoute = createRoute({
  getParentRoute: () => dagRoute,
  path: "/runs/$runId/gantt",
  component: lazyRouteComponent(() => import("../pages/GanttPage"), "GanttPage"),
  validateSearch: (raw: Raw): GanttSearch =>
    defined({ zoom: text(raw.zoom), tasks: text(raw.tasks), flat: flag(raw.flat), table: flag(raw.table), critical: flag(raw.critical), squeeze: flag(raw.squeeze), only: text(raw.only), least: count(raw.least) }),
});

/** Of the latest run: the page finds out which one that is. */
const latestGanttRoute = createRoute({
  getParentRoute: () => dagRoute,
  path: "/gantt",
  component: lazyRouteComponent(() => import("../pages/GanttPage"), "LatestGanttPage"),
});

export const ganttRoutes = [ganttRoute, latestGanttRoute] as const;
