/** All addresses of the page. An area keeps its own in `routes/<area>.tsx` and is named here once. */

import { createRouter } from "@tanstack/react-router";

import { dagRoute, gridRoutes } from "./routes/dag";
import { dagsRoutes } from "./routes/dags";
import { layout, loginRoute, root } from "./routes/frame";
import { graphRoutes } from "./routes/graph";
import { homeRoutes } from "./routes/home";
import { taskRoutes } from "./routes/task";

export const router = createRouter({
  routeTree: root.addChildren([
    loginRoute,
    layout.addChildren([
      ...homeRoutes,
      ...dagsRoutes,
      dagRoute.addChildren([gridRoutes, ...graphRoutes]),
      ...taskRoutes,
    ]),
  ]),
  scrollRestoration: false,
  defaultPreload: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
