/** One task instance. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import type { TaskState } from "../services/types";
import { layout } from "./frame";
import { count, defined, flag, oneOf, type Raw, text } from "./search";

export type TaskTab = "log" | "waiting" | "details" | "rendered" | "xcom" | "state" | "tries" | "history" | "mapped";
/** What of a log is shown, and what is searched for. */
export const LOG_LEVELS = ["all", "warning", "error"] as const;
export type LogLook = {
  q?: string | undefined;
  case?: true | undefined;
  regexp?: true | undefined;
  level?: (typeof LOG_LEVELS)[number] | undefined;
  source?: string | undefined;
  /** Byte offset of the line that is meant. */
  line?: number | undefined;
};
export type TaskSearch = LogLook & {
  /** A second try beside the first. */
  beside?: number | undefined;
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
      beside: count(raw.beside),
      q: text(raw.q),
      case: flag(raw.case),
      regexp: flag(raw.regexp),
      level: oneOf(raw.level, LOG_LEVELS),
      source: text(raw.source),
      line: count(raw.line),
    }),
});

export const taskRoutes = [taskRoute] as const;
