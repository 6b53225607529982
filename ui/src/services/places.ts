/** Addresses of pages. */

import { path, withQuery } from "./http";

export const dagPlace = (dagId: string): string => path`/dags/${dagId}`;

export const runPlace = (dagId: string, runId: string): string => path`/dags/${dagId}/runs/${runId}`;

export const taskPlace = (dagId: string, runId: string, taskId: string, mapIndex = -1): string =>
  withQuery(path`/dags/${dagId}/runs/${runId}/tasks/${taskId}`, { map_index: mapIndex >= 0 ? mapIndex : undefined });
