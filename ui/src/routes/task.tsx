/** One task instance. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import type { TaskState } from "../services/types";
import { layout } from "./frame";
import { count, defined, type Raw, text } from "./search";

export type TaskTab = "log" | "waiting" | "details" | "rendered" | "xcom" | "tries" | "mapped";
export type TaskSearch = {
  map_index?: number | undefined;
  try?: number | undefined;
  tab?: TaskTab | undefined;
  mapped_state?: TaskState | undefined;
};

const taskRoute = createRoute({
  getParentRoute: () => layout,
  path: "/dags/$dagId/runs/$runId/tasks/$taskId",
  component: lazyRouteComponent(() => import("../pages/TaskPage"), "TaskPage"),
  validateSearch: (raw: Raw): TaskSearch =>
    defined({
      map_index: count(raw.map_index),
      try: count(raw.try),
      tab: text(raw.tab) as TaskTab | undefined,
      mapped_state: text(raw.mapped_state) as TaskState | undefined,
    }),
});

export const taskRoutes = [taskRoute] as const;
