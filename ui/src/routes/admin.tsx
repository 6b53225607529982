/** The pages of the administration, and one's own account. */

import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";

import type { ListSearch, XComSearch } from "../services/admin";
import type { AuditSearch } from "../services/people";
import { layout } from "./frame";
import { count, defined, flag, oneOf, type Raw, text } from "./search";

const listOf = (raw: Raw): ListSearch => defined({ search: text(raw.search), order: text(raw.order), page: count(raw.page) });

const adminRoute = createRoute({
  getParentRoute: () => layout,
  id: "admin",
  component: lazyRouteComponent(() => import("../components/admin/AdminFrame"), "AdminFrame"),
});

const indexRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/admin",
  beforeLoad: () => {
    throw redirect({ to: "/admin/pools", replace: true });
  },
});
const connectionsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/connections",
  component: lazyRouteComponent(() => import("../pages/ConnectionsPage"), "ConnectionsPage"),
  validateSearch: (raw: Raw): ListSearch & { add?: true | undefined; edit?: string | undefined } => defined({ ...listOf(raw), add: flag(raw.add), edit: text(raw.edit) }),
});
const variablesRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/variables",
  component: lazyRouteComponent(() => import("../pages/VariablesPage"), "VariablesPage"),
  validateSearch: listOf,
});
const poolsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/admin/pools",
  component: lazyRouteComponent(() => import("../pages/PoolsPage"), "PoolsPage"),
  validateSearch: (raw: Raw): { waiting?: string | undefined; past?: string | undefined; page?: number | undefined } => defined({ waiting: text(raw.waiting), past: text(raw.past), page: count(raw.page) }),
});
const workersRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/admin/workers",
  component: lazyRouteComponent(() => import("../pages/WorkersPage"), "WorkersPage"),
});
const triggersRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/admin/triggers",
  component: lazyRouteComponent(() => import("../pages/TriggersPage"), "TriggersPage"),
  validateSearch: (raw: Raw): { page?: number | undefined } => defined({ page: count(raw.page) }),
});
const xcomsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/xcoms",
  component: lazyRouteComponent(() => import("../pages/XComsPage"), "XComsPage"),
  validateSearch: (raw: Raw): XComSearch => defined({ dag: text(raw.dag), run: text(raw.run), task: text(raw.task), key: text(raw.key), page: count(raw.page) }),
});
const deadlinesRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/deadlines",
  component: lazyRouteComponent(() => import("../pages/DeadlinesPage"), "DeadlinesPage"),
  validateSearch: (raw: Raw): { missed?: boolean | undefined; page?: number | undefined } => defined({ missed: typeof raw.missed === "boolean" ? raw.missed : undefined, page: count(raw.page) }),
});
const usersRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/admin/users",
  component: lazyRouteComponent(() => import("../pages/UsersPage"), "UsersPage"),
});
const rolesRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/admin/roles",
  component: lazyRouteComponent(() => import("../pages/RolesPage"), "RolesPage"),
  validateSearch: (raw: Raw): { role?: string | undefined } => defined({ role: text(raw.role) }),
});
const sessionsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/admin/sessions",
  component: lazyRouteComponent(() => import("../pages/SessionsPage"), "SessionsPage"),
});
const auditRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/audit",
  component: lazyRouteComponent(() => import("../pages/AuditPage"), "AuditPage"),
  validateSearch: (raw: Raw): AuditSearch =>
    defined({
      search: text(raw.search),
      event: text(raw.event),
      owner: text(raw.owner),
      dag: text(raw.dag),
      result: oneOf(raw.result, ["done", "denied", "failed"] as const),
      after: moment(raw.after),
      before: moment(raw.before),
      page: count(raw.page),
    }),
});
const providersRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/admin/providers",
  component: lazyRouteComponent(() => import("../pages/FactsPages"), "ProvidersPage"),
});
const pluginsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/admin/plugins",
  component: lazyRouteComponent(() => import("../pages/FactsPages"), "PluginsPage"),
});
const configRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/admin/config",
  component: lazyRouteComponent(() => import("../pages/FactsPages"), "ConfigPage"),
  validateSearch: (raw: Raw): { search?: string | undefined } => defined({ search: text(raw.search) }),
});
const accountRoute = createRoute({
  getParentRoute: () => layout,
  path: "/account",
  component: lazyRouteComponent(() => import("../pages/AccountPage"), "AccountPage"),
});

/** Nothing that is no moment reaches the server. */
function moment(value: unknown): string | undefined {
  const found = text(value);
  return found === undefined || Number.isNaN(new Date(found).getTime()) ? undefined : found;
}

export const adminRoutes = [
  adminRoute.addChildren([
    indexRoute,
    connectionsRoute,
    variablesRoute,
    poolsRoute,
    workersRoute,
    triggersRoute,
    xcomsRoute,
    deadlinesRoute,
    usersRoute,
    rolesRoute,
    sessionsRoute,
    auditRoute,
    providersRoute,
    pluginsRoute,
    configRoute,
  ]),
  accountRoute,
] as const;
