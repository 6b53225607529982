/** What the permissions of a role really allow: what belongs to a DAG needs the DAG's own permission, too. */

import type { Permission } from "./people";

/** Resources that belong to a DAG each. */
export const OF_DAGS = new Set([
  "DAGs", "DAG Runs", "DAG Code", "DAG Dependencies", "DAG Versions", "DAG Warnings", "Task Instances", "Task Logs", "XComs", "HITL Detail", "Backfills", "ImportError", "Audit Logs",
]);

export type Effect = { action: string; resource: string; /** null: the whole installation. */ dag: string | null; /** It lacks the permission on the DAG itself. */ isVoid: boolean };

/** "DAG Run:my_dag" is the resource "DAG Runs" of one DAG. */
export function split(resource: string): { resource: string; dag: string | null } {
  const at = resource.indexOf(":");
  if (at < 0) return { resource, dag: null };
  const kind = resource.slice(0, at);
  return { resource: kind === "DAG" ? "DAGs" : kind === "DAG Run" ? "DAG Runs" : kind, dag: resource.slice(at + 1) };
}

export const join = (resource: string, dag: string | null): string =>
  dag === null ? resource : `${resource === "DAGs" ? "DAG" : resource === "DAG Runs" ? "DAG Run" : resource}:${dag}`;

/** What must be allowed on the DAG before this verb means anything. */
export const onDag = (action: string): string => (action === "can_read" ? "can_read" : "can_edit");

export function effects(permissions: Permission[]): Effect[] {
  const has = new Set(permissions.map(({ action, resource }) => `${action} ${resource}`));
  return permissions.map(({ action, resource: text }) => {
    const { resource, dag } = split(text);
    const needed = onDag(action);
    const isVoid =
      OF_DAGS.has(resource) && resource !== "DAGs" && !has.has(`${needed} DAGs`) && (dag === null ? !permissions.some((one) => one.action === needed && one.resource.startsWith("DAG:")) : !has.has(`${needed} DAG:${dag}`));
    return { action, resource, dag, isVoid };
  });
}
