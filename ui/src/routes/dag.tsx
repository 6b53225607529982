/** One DAG: its head, and below it one of its views. Each view is a child of `dagRoute` with its tab in `dagViews`. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { client } from "../services/client";
import { dagQuery } from "../services/dags";
import { graphQuery } from "../services/graph";
import { type GridFilter, gridQuery } from "../services/runs";
import type { RunState, RunType } from "../services/types";
import { layout } from "./frame";
import { count, defined, flag, oneOf, type Raw, text } from "./search";

export type GridSearch = {
  type?: RunType | undefined;
  state?: RunState | undefined;
  tasks?: string | undefined;
  /** Who triggered the run: a part of the name. */
  user?: string | undefined;
  /** Runs due in this time: days or moments, ISO 8601. */
  since?: string | undefined;
  until?: string | undefined;
  /** Runs that are read at once. */
  limit?: number | undefined;
  /** Only what is up or down the stream of this task, so many steps. */
  of?: string | undefined;
  side?: (typeof SIDES)[number] | undefined;
  depth?: number | undefined;
  /** Only tasks that failed in one of the runs that are shown. */
  failing?: true | undefined;
  /** Without the bars of durations. */
  plain?: true | undefined;
};

export const SIDES = ["up", "down", "both"] as const;

/** Which runs the address asks for. */
export const gridFilter = ({ type, state, user, since, until, limit }: GridSearch): GridFilter => ({ runType: type, state, user, since, until, limit });

export const dagRoute = createRoute({
  getParentRoute: () => layout,
  path: "/dags/$dagId",
  component: lazyRouteComponent(() => import("../pages/DagPage"), "DagPage"),
  // Asked for while the code of the page is on its way.
  loader: ({ params: { dagId } }) => void client.prefetchQuery(dagQuery(dagId)),
});

const gridRoute = createRoute({
  getParentRoute: () => dagRoute,
  id: "grid",
  component: lazyRouteComponent(() => import("../pages/GridPage"), "GridPage"),
  loaderDeps: ({ search }) => gridFilter(search),
  loader: ({ params: { dagId }, deps }) => {
    void client.prefetchQuery(graphQuery(dagId));
    void client.prefetchInfiniteQuery(gridQuery(dagId, deps));
  },
  validateSearch: (raw: Raw): GridSearch =>
    defined({
      type: text(raw.type) as RunType | undefined,
      state: text(raw.state) as RunState | undefined,
      tasks: text(raw.tasks),
      user: text(raw.user),
      since: text(raw.since),
      until: text(raw.until),
      limit: count(raw.limit),
      of: text(raw.of),
      side: oneOf(raw.side, SIDES),
      depth: count(raw.depth),
      failing: flag(raw.failing),
      plain: flag(raw.plain),
    }),
});
const gridIndexRoute = createRoute({ getParentRoute: () => gridRoute, path: "/" });
const gridRunRoute = createRoute({ getParentRoute: () => gridRoute, path: "/runs/$runId" });

export const gridRoutes = gridRoute.addChildren([gridIndexRoute, gridRunRoute]);
