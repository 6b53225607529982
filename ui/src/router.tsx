/** All addresses of the page. An area keeps its own in `routes/<area>.tsx` and is named here once. */

import { createRouter } from "@tanstack/react-router";

import { adminRoutes } from "./routes/admin";
import { approvalRoutes } from "./routes/approvals";
import { assetRoutes } from "./routes/assets";
import { compareRoutes } from "./routes/compare";
import { dagRoute, gridRoutes } from "./routes/dag";
import { dagsRoutes } from "./routes/dags";
import { elsewhereRoutes } from "./routes/elsewhere";
import { dagExplorerRoutes, explorerRoutes } from "./routes/explorer";
import { dagFormRoutes } from "./routes/forms";
import { layout, loginRoute, root } from "./routes/frame";
import { ganttRoutes } from "./routes/gantt";
import { graphRoutes } from "./routes/graph";
import { dagHistoryRoutes, historyRoutes } from "./routes/history";
import { homeRoutes } from "./routes/home";
import { logRoutes } from "./routes/logs";
import { taskRoutes } from "./routes/task";

export const router = createRouter({
  routeTree: root.addChildren([
    loginRoute,
    layout.addChildren([
      ...homeRoutes,
      ...dagsRoutes,
      ...explorerRoutes,
      ...assetRoutes,
      ...approvalRoutes,
      ...historyRoutes,
      dagRoute.addChildren([gridRoutes, ...graphRoutes, ...ganttRoutes, ...dagExplorerRoutes, ...dagHistoryRoutes, ...dagFormRoutes, ...compareRoutes]),
      ...taskRoutes,
      ...logRoutes,
      ...adminRoutes,
      ...elsewhereRoutes,
    ]),
  ]),
  scrollRestoration: false,
  defaultPreload: false,
});

/** Fetches the code of the page that the address names, before the session is known. */
export function fetchCode(): void {
  for (const { routeId } of router.matchRoutes(router.latestLocation)) {
    const component = (router.routesById as unknown as Record<string, { options: { component?: { preload?: () => Promise<unknown> } } }>)[routeId]?.options.component;
    void component?.preload?.();
  }
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
