/** Every other address: one of Airflow's leads to the place that shows the same, the rest says that there is nothing. */

import { createRoute, redirect } from "@tanstack/react-router";

import { NoSuchPage } from "../pages/NoSuchPage";
import { fromAirflow } from "../services/airflowPlaces";
import { layout } from "./frame";

const elsewhereRoute = createRoute({
  getParentRoute: () => layout,
  path: "$",
  component: NoSuchPage,
  beforeLoad: ({ location }) => {
    const href = fromAirflow(location.publicHref);
    if (href !== null) throw redirect({ href, replace: true });
  },
});

export const elsewhereRoutes = [elsewhereRoute] as const;
