/** The tasks of a DAG's latest version, for those who look for one by name. */

import { queryOptions } from "@tanstack/react-query";

import { get, path } from "./http";
import type { Structure } from "./types";

export const tasksOfQuery = (dagId: string) =>
  queryOptions({ queryKey: ["structure", dagId, "tasks"], queryFn: ({ signal }) => get<Structure>(path`/ui/dags/${dagId}/structure`, signal) });
