/** Questions that tasks ask people, and the answers. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { get, patch, path, withQuery } from "./http";
import type { Param, ParamSchema, TaskState } from "./types";

export type Approval = {
  dag_id: string;
  run_id: string;
  task_id: string;
  map_index: number;
  state: TaskState;
  try_number: number;
  subject: string;
  body: string | null;
  options: string[];
  defaults: string[] | null;
  multiple: boolean;
  params: Record<string, { value?: unknown; description?: string | null; schema?: ParamSchema }>;
  assigned_users: { id: string; name: string }[];
  created_at: string;
  times_out_at: string | null;
  is_open: boolean;
  may_answer: boolean;
  responded_at: string | null;
  responded_by: string | null;
  chosen_options: string[] | null;
  params_input: Record<string, unknown> | null;
};
export type ApprovalFilter = {
  answered?: boolean | undefined;
  search?: string | undefined;
  dag_id?: string | undefined;
  run_id?: string | undefined;
  task_id?: string | undefined;
  map_index?: number | undefined;
  page?: number | undefined;
};

export const APPROVALS_PER_PAGE = 50;

export const approvalsQuery = (filter: ApprovalFilter) =>
  queryOptions({
    queryKey: ["approvals", "list", filter],
    queryFn: ({ signal }) => {
      const { page = 1, ...rest } = filter;
      return get<{ approvals: Approval[]; total_entries: number }>(withQuery("/ui/approvals", { ...rest, limit: APPROVALS_PER_PAGE, offset: (page - 1) * APPROVALS_PER_PAGE }), signal);
    },
    placeholderData: keepPreviousData,
  });

export const openApprovalsQuery = queryOptions({
  queryKey: ["approvals", "count"],
  queryFn: ({ signal }) => get<{ open: number }>("/ui/approvals/count", signal),
});

export const answer = (to: Approval, chosen: string[], params: Record<string, unknown>) =>
  patch<unknown>(path`/api/v2/dags/${to.dag_id}/dagRuns/${to.run_id}/taskInstances/${to.task_id}/${to.map_index}/hitlDetails`, {
    chosen_options: chosen,
    params_input: params,
  });

/** The fields of a question's form as parameters. */
export const paramsOf = (approval: Approval): Param[] =>
  Object.entries(approval.params).map(([name, { value, description, schema }]) => ({ name, required: value === undefined, value, description: description ?? null, schema: schema ?? {} }));

/** A question in an address. */
export const approvalKey = (one: Pick<Approval, "dag_id" | "run_id" | "task_id" | "map_index">): string => [one.dag_id, one.run_id, one.task_id, one.map_index].map(String).join(" ");
