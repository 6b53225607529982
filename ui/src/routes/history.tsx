/** What a DAG did over time, and the timeline of all runs. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { dagRoute } from "./dag";
import { layout } from "./frame";
import { count, defined, oneOf, type Raw, text } from "./search";

/** What runs, and what tasks, are put into rows by. */
export const RUN_ROWS = ["dag", "tag", "owner", "pool"] as const;
export const TASK_ROWS = [...RUN_ROWS, "task", "operator", "host"] as const;
export type TimelineRows = (typeof TASK_ROWS)[number];
export type TimelineSearch = { since?: string | undefined; until?: string | undefined; show?: "tasks" | undefined; rows?: TimelineRows | undefined };

/** What the cells of the calendar count; otherwise they show how the runs ended. */
export const CALENDAR_COUNTS = ["runs", "failed"] as const;
export type CalendarCount = (typeof CALENDAR_COUNTS)[number];

const overviewRoute = createRoute({
  getParentRoute: () => dagRoute,
  path: "/overview",
  component: lazyRouteComponent(() => import("../pages/OverviewPage"), "OverviewPage"),
});
const dagTasksRoute = createRoute({
  getParentRoute: () => dagRoute,
  path: "/tasks",
  component: lazyRouteComponent(() => import("../pages/DagTasksPage"), "DagTasksPage"),
  validateSearch: (raw: Raw): { tasks?: string | undefined; sort?: string | undefined } => defined({ tasks: text(raw.tasks), sort: text(raw.sort) }),
});
const durationsRoute = createRoute({
  getParentRoute: () => dagRoute,
  path: "/durations",
  component: lazyRouteComponent(() => import("../pages/DurationsPage"), "DurationsPage"),
  validateSearch: (raw: Raw): { of_task?: string | undefined; last?: number | undefined; measure?: "landing" | undefined } =>
    defined({ of_task: text(raw.of_task), last: count(raw.last), measure: oneOf(raw.measure, ["landing"]) }),
});
const calendarRoute = createRoute({
  getParentRoute: () => dagRoute,
  path: "/calendar",
  component: lazyRouteComponent(() => import("../pages/CalendarPage"), "CalendarPage"),
  validateSearch: (raw: Raw): { year?: number | undefined; month?: string | undefined; dates?: "logical" | undefined; count?: CalendarCount | undefined } =>
    defined({
      year: count(raw.year),
      month: /^\d{4}-(0[1-9]|1[0-2])$/.test(String(raw.month)) ? String(raw.month) : undefined,
      dates: oneOf(raw.dates, ["logical"]),
      count: oneOf(raw.count, CALENDAR_COUNTS),
    }),
});
const timelineRoute = createRoute({
  getParentRoute: () => layout,
  path: "/timeline",
  component: lazyRouteComponent(() => import("../pages/TimelinePage"), "TimelinePage"),
  validateSearch: (raw: Raw): TimelineSearch =>
    defined({ since: moment(raw.since), until: moment(raw.until), show: oneOf(raw.show, ["tasks"]), rows: oneOf(raw.rows, TASK_ROWS) }),
});

const moment = (value: unknown): string | undefined => (typeof value === "string" && !Number.isNaN(Date.parse(value)) ? value : undefined);

export const historyRoutes = [timelineRoute] as const;
export const dagHistoryRoutes = [overviewRoute, dagTasksRoute, durationsRoute, calendarRoute] as const;
