/** The graph of a DAG. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import type { Direction } from "../components/graph/place";
import { dagRoute } from "./dag";
import { SIDES } from "./gridSearch";
import { count, defined, flag, oneOf, type Raw, text } from "./search";

const DIRECTIONS = ["LR", "TB", "RL", "BT"] as const satisfies readonly Direction[];

export type GraphSearch = {
  /** "none" = no states; absent = the latest run. */
  run?: string | undefined;
  version?: number | undefined;
  dir?: Direction | undefined;
  /** The chosen node: a task's id, "group:" and a group's id, or "asset:", "alias:", "dag:" and a name. */
  node?: string | undefined;
  q?: string | undefined;
  /** A state, or "failing": what failed and all before it. */
  only?: string | undefined;
  /** Only what is up or down the stream of this task, so many steps. */
  of?: string | undefined;
  side?: (typeof SIDES)[number] | undefined;
  depth?: number | undefined;
  /** The paths between these two tasks. */
  from?: string | undefined;
  to?: string | undefined;
  critical?: true | undefined;
  /** Without assets and other DAGs. */
  bare?: true | undefined;
};

const graphRoute = createRoute({
  getParentRoute: () => dagRoute,
  path: "/graph",
  component: lazyRouteComponent(() => import("../pages/GraphPage"), "GraphPage"),
  validateSearch: (raw: Raw): GraphSearch =>
    defined({
      run: text(raw.run),
      version: count(raw.version),
      dir: oneOf(raw.dir, DIRECTIONS),
      node: text(raw.node),
      q: text(raw.q),
      only: text(raw.only),
      of: text(raw.of),
      side: oneOf(raw.side, SIDES),
      depth: count(raw.depth),
      from: text(raw.from),
      to: text(raw.to),
      critical: flag(raw.critical),
      bare: flag(raw.bare),
    }),
});

export const graphRoutes = [graphRoute] as const;
