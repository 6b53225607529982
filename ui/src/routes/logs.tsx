/** Logs that belong to no task: callbacks of a run, watchers of a DAG. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { layout } from "./frame";
import { defined, type Raw, text } from "./search";
import { type LogLook, logLook } from "./task";

export type OtherLogSearch = LogLook & {
  /** Name or URI of the asset, when several have a watcher of this name. */
  asset?: string | undefined;
};

const validateSearch = (raw: Raw): OtherLogSearch => defined({ ...logLook(raw), asset: text(raw.asset) });

const callbacksRoute = createRoute({
  getParentRoute: () => layout,
  path: "/dags/$dagId/runs/$runId/callbacks",
  component: lazyRouteComponent(() => import("../pages/OtherLogPages"), "CallbacksPage"),
  validateSearch,
});

const watcherRoute = createRoute({
  getParentRoute: () => layout,
  path: "/dags/$dagId/watchers/$name",
  component: lazyRouteComponent(() => import("../pages/OtherLogPages"), "WatcherPage"),
  validateSearch,
});

export const logRoutes = [callbacksRoute, watcherRoute] as const;
