/** Views of a DAG with forms and text: its backfills, its code. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { dagRoute } from "./dag";
import { count, defined, flag, type Raw } from "./search";

export type BackfillSearch = {
  /** The form for a new one is open. */
  order?: true | undefined;
  /** The one whose dates are shown. */
  open?: number | undefined;
  page?: number | undefined;
};

export type CodeSearch = {
  /** The version that is shown; absent = the latest. */
  version?: number | undefined;
  /** The version that it is compared with. */
  with?: number | undefined;
};

const backfillsRoute = createRoute({
  getParentRoute: () => dagRoute,
  path: "/backfills",
  component: lazyRouteComponent(() => import("../pages/BackfillsPage"), "BackfillsPage"),
  validateSearch: (raw: Raw): BackfillSearch => defined({ order: flag(raw.order), open: count(raw.open), page: count(raw.page) }),
});

const codeRoute = createRoute({
  getParentRoute: () => dagRoute,
  path: "/code",
  component: lazyRouteComponent(() => import("../pages/CodePage"), "CodePage"),
  validateSearch: (raw: Raw): CodeSearch => defined({ version: count(raw.version), with: count(raw.with) }),
});

export const dagFormRoutes = [backfillsRoute, codeRoute] as const;
