/** What the session may do. A page hides what cannot be read, and disables what cannot be changed, with the reason. */

import type { Session } from "./types";

export type Verb = "read" | "create" | "edit" | "delete";

export const allows = (session: Session | undefined, verb: Verb, resource: string): boolean =>
  session?.permissions[resource]?.includes(verb) ?? false;
