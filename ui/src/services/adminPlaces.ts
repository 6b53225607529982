/** The pages of the administration in their order, with the resource that one must be allowed to read. */

import { admin } from "../words/admin";

export const ADMIN_PLACES = [
  { to: "/connections", name: admin.tabs.connections, resource: "Connections" },
  { to: "/variables", name: admin.tabs.variables, resource: "Variables" },
  { to: "/admin/pools", name: admin.tabs.pools, resource: "Pools" },
  { to: "/admin/workers", name: admin.tabs.workers, resource: "Jobs" },
  { to: "/admin/triggers", name: admin.tabs.triggers, resource: "Task Instances" },
  { to: "/xcoms", name: admin.tabs.xcoms, resource: "XComs" },
  { to: "/deadlines", name: admin.tabs.deadlines, resource: "DAG Runs" },
  { to: "/admin/users", name: admin.tabs.users, resource: "Users" },
  { to: "/admin/roles", name: admin.tabs.roles, resource: "Roles" },
  { to: "/admin/sessions", name: admin.tabs.sessions, resource: "Sessions" },
  { to: "/audit", name: admin.tabs.audit, resource: "Audit Logs" },
  { to: "/admin/providers", name: admin.tabs.providers, resource: "Providers" },
  { to: "/admin/plugins", name: admin.tabs.plugins, resource: "Plugins" },
  { to: "/admin/config", name: admin.tabs.config, resource: "Configurations" },
] as const;
