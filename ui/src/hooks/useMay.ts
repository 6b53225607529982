import { useQuery } from "@tanstack/react-query";

import { allows, type Verb } from "../services/may";
import { sessionQuery } from "../services/session";
import { admin } from "../words/admin";

/** Answers why something may not be done; undefined when it may. */
export function useMay(): (verb: Verb, resource: string, dagId?: string) => string | undefined {
  const { data } = useQuery(sessionQuery);
  return (verb, resource, dagId) => (allows(data, verb, resource, dagId) ? undefined : admin.mayNot(admin.verbs[verb], resource));
}
