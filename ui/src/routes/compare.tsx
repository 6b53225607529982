/** Two runs of one DAG beside each other. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { dagRoute } from "./dag";
import { defined, flag, type Raw, text } from "./search";

/** Ids of the runs; `all`: also the tasks that do not differ. */
export type CompareSearch = { a?: string | undefined; b?: string | undefined; all?: true | undefined };

const compareRoute = createRoute({
  getParentRoute: () => dagRoute,
  path: "/compare",
  component: lazyRouteComponent(() => import("../pages/ComparePage"), "ComparePage"),
  validateSearch: (raw: Raw): CompareSearch => defined({ a: text(raw.a), b: text(raw.b), all: flag(raw.all) }),
});

export const compareRoutes = [compareRoute] as const;
