/** What the session may do. A page hides what cannot be read, and disables what cannot be changed, with the reason. */

import type { Session } from "./types";

export type Verb = "read" | "create" | "edit" | "delete";

/** Without a DAG: for one DAG at least. */
export function allows(session: Session | undefined, verb: Verb, resource: string, dagId?: string): boolean {
  if (!session?.permissions[resource]?.includes(verb)) return false;
  return dagId === undefined || (session.only_dags[resource]?.[verb]?.includes(dagId) ?? true);
}
