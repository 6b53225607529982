/** The list of DAGs. */

import { createRoute } from "@tanstack/react-router";

import { DagsPage } from "../pages/DagsPage";
import { dagsSearch } from "./dagsSearch";
import { layout } from "./frame";

const dagsRoute = createRoute({
  getParentRoute: () => layout,
  path: "/dags",
  component: DagsPage,
  validateSearch: dagsSearch,
});

export const dagsRoutes = [dagsRoute] as const;
