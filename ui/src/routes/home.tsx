/** The first page: what needs somebody. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import type { Hours } from "../services/home";
import { layout } from "./frame";
import { defined, type Raw } from "./search";

const homeRoute = createRoute({
  getParentRoute: () => layout,
  path: "/",
  component: lazyRouteComponent(() => import("../pages/HomePage"), "HomePage"),
  validateSearch: (raw: Raw): { hours?: Hours | undefined } => defined({ hours: raw.hours === 168 ? 168 : undefined }),
});

export const homeRoutes = [homeRoute] as const;
