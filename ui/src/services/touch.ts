/** Clear and mark: a task, one mapped instance of it, or a whole task group; first what it will change, then doing it. */

import { get, patch, path, post, withQuery } from "./http";
import type { InstanceKey } from "./instances";
import type { RunState, TaskState } from "./types";

export type MarkState = "success" | "failed" | "skipped";
export type Act = "clear" | MarkState;
/** What is touched. A task with map index -1 is all of its instances. */
export type Target = InstanceKey | { dagId: string; runId: string; groupId: string };

export const isGroup = (target: Target): target is Target & { groupId: string } => "groupId" in target;

/** How people read it: `task`, `task [3]`, `group`. */
export const nameOf = (target: Target): string =>
  isGroup(target) ? target.groupId : target.mapIndex >= 0 ? `${target.taskId} [${target.mapIndex}]` : target.taskId;

export type Reach = { upstream: boolean; downstream: boolean; past: boolean; future: boolean };
export const WHICH = ["every", "failed", "running"] as const;
export type ClearOptions = { which: (typeof WHICH)[number]; latest: boolean };

export type Change = {
  dag_id: string;
  dag_run_id: string;
  task_id: string;
  map_index: number;
  rendered_map_index: string | null;
  /** null: it is not there yet. */
  state: TaskState | null;
  after: TaskState | "new";
};
export type Preview = {
  task_instances: Change[];
  total_entries: number;
  kinds: { state: TaskState | null; after: TaskState | "new"; count: number }[];
  queued_runs: { dag_id: string; dag_run_id: string; logical_date: string | null; state: RunState }[];
  total_runs: number;
  /** The tasks that are meant, those of a group by name. */
  tasks: (string | [string, number])[];
};

export const readPreview = (target: Target, act: Act, reach: Reach, options: ClearOptions, signal?: AbortSignal) =>
  get<Preview>(
    withQuery(path`/ui/dags/${target.dagId}/runs/${target.runId}/preview`, {
      act,
      ...(isGroup(target) ? { group_id: target.groupId } : { task_id: target.taskId, map_index: target.mapIndex >= 0 ? target.mapIndex : undefined }),
      ...reach,
      ...(act === "clear" && { which: options.which, latest: options.latest || undefined }),
    }),
    signal,
  );

const included = (reach: Reach) => ({
  include_upstream: reach.upstream,
  include_downstream: reach.downstream,
  include_past: reach.past,
  include_future: reach.future,
});

/** `tasks`: as the preview named them. */
export const clear = (target: Target, tasks: Preview["tasks"], reach: Reach, { which, latest }: ClearOptions, note: string) =>
  post<unknown>(path`/api/v2/dags/${target.dagId}/clearTaskInstances`, {
    ...included(reach),
    dry_run: false,
    dag_run_id: target.runId,
    task_ids: tasks,
    reset_dag_runs: true,
    only_failed: which === "failed",
    only_running: which === "running",
    ...(latest && { run_on_latest_version: true }),
    ...(note && { note }),
  });

export const mark = (target: Target, state: MarkState, reach: Reach, note: string) => {
  const run = path`/api/v2/dags/${target.dagId}/dagRuns/${target.runId}`;
  const place = isGroup(target)
    ? run + path`/taskGroupInstances/${target.groupId}`
    : withQuery(run + path`/taskInstances/${target.taskId}`, { map_index: target.mapIndex >= 0 ? target.mapIndex : undefined });
  return patch<unknown>(place, { ...included(reach), new_state: state, ...(note && { note }) });
};
