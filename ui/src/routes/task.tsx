/** One task instance. */

import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { fromAirflow } from "../services/airflowPlaces";
import type { TaskState } from "../services/types";
import { layout } from "./frame";
import { count, defined, flag, oneOf, type Raw, text } from "./search";

export type TaskTab = "log" | "waiting" | "details" | "rendered" | "xcom" | "state" | "tries" | "history" | "mapped" | "events";
/** What of a log is shown, and what is searched for. */
export const LOG_LEVELS = ["all", "warning", "error"] as const;
export type LogLook = {
  q?: string | undefined;
  case?: true | undefined;
  regexp?: true | undefined;
  level?: (typeof LOG_LEVELS)[number] | undefined;
  source?: string | undefined;
  /** Only what the task, its trigger or its callbacks said. */
  part?: string | undefined;
  /** Byte offset of the line that is meant. */
  line?: number | undefined;
};
export const logLook = (raw: Raw): LogLook => ({
  q: text(raw.q),
  case: flag(raw.case),
  regexp: flag(raw.regexp),
  level: oneOf(raw.level, LOG_LEVELS),
  source: text(raw.source),
  part: text(raw.part),
  line: count(raw.line),
});
export type TaskSearch = LogLook & {
  /** A second try beside the first. */
  beside?: number | undefined;
  map_index?: number | undefined;
  try?: number | undefined;
  tab?: TaskTab | undefined;
  mapped_state?: TaskState | undefined;
  /** Of the instances of a mapped task: an index, or a part of the name of one. */
  mapped_text?: string | undefined;
  mapped_order?: string | undefined;
};

const taskRoute = createRoute({
  getParentRoute: () => layout,
  path: "/dags/$dagId/runs/$runId/tasks/$taskId",
  component: lazyRouteComponent(() => import("../pages/TaskPage"), "TaskPage"),
  // `ti.log_url` names the try as Airflow does.
  beforeLoad: ({ location }) => {
    const href = new URLSearchParams(location.searchStr).has("try_number") ? fromAirflow(location.publicHref) : null;
    if (href !== null) throw redirect({ href, replace: true });
  },
  validateSearch: (raw: Raw): TaskSearch =>
    defined({
      map_index: count(raw.map_index),
      try: count(raw.try),
      tab: text(raw.tab) as TaskTab | undefined,
      mapped_text: raw.mapped_text === undefined ? undefined : String(raw.mapped_text),
      mapped_order: text(raw.mapped_order),
      mapped_state: text(raw.mapped_state) as TaskState | undefined,
      beside: count(raw.beside),
      ...logLook(raw),
    }),
});

export const taskRoutes = [taskRoute] as const;
