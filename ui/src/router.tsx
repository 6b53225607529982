/** All addresses of the page. An area keeps its own in `routes/<area>.tsx` and is named here once. */

import { createRouter } from "@tanstack/react-router";

import { adminRoutes } from "./routes/admin";
import { approvalRoutes } from "./routes/approvals";
import { assetRoutes } from "./routes/assets";
import { compareRoutes } from "./routes/compare";
import { dagRoute, gridRoutes } from "./routes/dag";
import { dagsRoutes } from "./routes/dags";
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
    ]),
  ]),
  scrollRestoration: false,
  defaultPreload: false,
});

/** Begins what the address asks for before the session is known: the code of its page, and what its loaders ask for. */
export function startEarly(): void {
  for (const { routeId, params, search } of router.matchRoutes(router.latestLocation)) {
    const { component, loader, loaderDeps } = (router.routesById as unknown as Record<string, { options: Early }>)[routeId]?.options ?? {};
    void component?.preload?.();
    loader?.({ params, deps: loaderDeps?.({ search }) ?? {} });
  }
}
/** What of a route's options is used early; loaders of this page only fill the cache. */
type Early = {
  component?: { preload?: () => Promise<unknown> };
  loaderDeps?: (given: { search: unknown }) => unknown;
  loader?: (given: { params: unknown; deps: unknown }) => void;
};

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
