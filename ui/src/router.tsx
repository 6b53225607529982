import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";

import { Notice, Problem } from "./components/Notice";
import { Crash } from "./components/Crash";
import { DagsPage } from "./pages/DagsPage";
import { Layout } from "./pages/Layout";
import { LoginPage } from "./pages/LoginPage";
import { client } from "./services/client";
import type { DagOrder } from "./services/dags";
import { HttpError } from "./services/http";
import { sessionQuery } from "./services/session";
import type { RunState, RunType, TaskState } from "./services/types";
import { words } from "./words";

type Raw = Record<string, unknown>;
const text = (value: unknown): string | undefined => (value === undefined || value === "" ? undefined : String(value));
const count = (value: unknown): number | undefined => (Number.isInteger(value) && Number(value) >= 0 ? Number(value) : undefined);
/** Keys without a value do not appear in the address. */
const defined = <T extends object>(search: T): T =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T;

export type DagsSearch = {
  search?: string | undefined;
  tags?: string[] | undefined;
  show?: "active" | "paused" | "running" | "failed" | undefined;
  order?: DagOrder | undefined;
  page?: number | undefined;
  errors?: true | undefined;
};
export type GridSearch = { type?: RunType | undefined; state?: RunState | undefined; tasks?: string | undefined };
export type TaskTab = "log" | "waiting" | "details" | "rendered" | "xcom" | "tries" | "mapped";
export type TaskSearch = {
  map_index?: number | undefined;
  try?: number | undefined;
  tab?: TaskTab | undefined;
  mapped_state?: TaskState | undefined;
};

const root = createRootRoute({
  component: Outlet,
  errorComponent: Crash,
  notFoundComponent: () => <Notice title={words.problem.pageTitle} text={words.problem.pageText} />,
});
const loginRoute = createRoute({
  getParentRoute: () => root,
  path: "/login",
  component: LoginPage,
  validateSearch: (raw: Raw): { next?: string | undefined } => defined({ next: text(raw.next) }),
});
const layout = createRoute({
  getParentRoute: () => root,
  id: "layout",
  component: Layout,
  errorComponent: ({ error }) => (error instanceof HttpError ? <Problem error={error} again={() => void router.invalidate()} /> : <Crash error={error} />),
  beforeLoad: async ({ location }) => {
    try {
      await client.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 401) throw error;
      throw redirect({ to: "/login", search: location.href === "/" ? {} : { next: location.href }, replace: true });
    }
  },
});
const dagsRoute = createRoute({
  getParentRoute: () => layout,
  path: "/",
  component: DagsPage,
  validateSearch: (raw: Raw): DagsSearch =>
    defined({
      search: text(raw.search),
      tags: Array.isArray(raw.tags) && raw.tags.length ? raw.tags.map(String) : undefined,
      show: text(raw.show) as DagsSearch["show"],
      order: text(raw.order) as DagOrder | undefined,
      page: count(raw.page),
      errors: raw.errors === true ? true : undefined,
    }),
});
const gridSearch = (raw: Raw): GridSearch =>
  defined({
    type: text(raw.type) as RunType | undefined,
    state: text(raw.state) as RunState | undefined,
    tasks: text(raw.tasks),
  });
const dagRoute = createRoute({
  getParentRoute: () => layout,
  path: "/dags/$dagId",
  component: lazyRouteComponent(() => import("./pages/DagPage"), "DagPage"),
  validateSearch: gridSearch,
});
const runRoute = createRoute({ getParentRoute: () => dagRoute, path: "/runs/$runId" });
const taskRoute = createRoute({
  getParentRoute: () => layout,
  path: "/dags/$dagId/runs/$runId/tasks/$taskId",
  component: lazyRouteComponent(() => import("./pages/TaskPage"), "TaskPage"),
  validateSearch: (raw: Raw): TaskSearch =>
    defined({
      map_index: count(raw.map_index),
      try: count(raw.try),
      tab: text(raw.tab) as TaskTab | undefined,
      mapped_state: text(raw.mapped_state) as TaskState | undefined,
    }),
});

export const router = createRouter({
  routeTree: root.addChildren([loginRoute, layout.addChildren([dagsRoute, dagRoute.addChildren([runRoute]), taskRoute])]),
  scrollRestoration: false,
  defaultPreload: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
