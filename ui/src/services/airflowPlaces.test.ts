import { expect, test } from "vitest";

import { fromAirflow } from "./airflowPlaces";

const RUN = "scheduled__2026-01-01T00%3A00%3A00%2B00%3A00";
const TASK = `/dags/shop/runs/${RUN}/tasks/load`;

test.each([
  // Of `ti.log_url`, in 3.x and in 2.x
  [`${TASK}/mapped/3?try_number=2`, `${TASK}?map_index=3&try=2`],
  [`${TASK}?try_number=2`, `${TASK}?try=2`],
  [`/dags/shop/grid?dag_run_id=${RUN}&task_id=load&map_index=-1&tab=logs`, TASK],
  [`/dags/shop/grid?dag_run_id=${RUN}&task_id=load&map_index=4`, `${TASK}?map_index=4`],
  ["/log?execution_date=2026-01-01T00%3A00%3A00&task_id=load&dag_id=shop", "/dags/shop"],
  // One task, one run
  [`${TASK}/rendered_templates`, `${TASK}?tab=rendered`],
  [`${TASK}/mapped/0/xcom`, `${TASK}?map_index=0&tab=xcom`],
  [`${TASK}/mapped`, TASK],
  [`${TASK}/code`, TASK],
  [`/dags/shop/runs/${RUN}/tasks/group/clean`, `/dags/shop/runs/${RUN}`],
  [`/dags/shop/runs/${RUN}/details`, `/dags/shop/runs/${RUN}`],
  [`/dags/shop/grid?dag_run_id=${RUN}`, `/dags/shop/runs/${RUN}`],
  // One DAG
  ["/dags/shop/grid", "/dags/shop"],
  ["/dags/%ED%95%9C/grid", "/dags/%ED%95%9C"],
  ["/dags/shop/details", "/dags/shop/overview"],
  ["/dags/shop/tasks/load", "/dags/shop?tasks=load"],
  ["/dags/shop/events", "/audit?dag=shop"],
  // Lists
  ["/home", "/dags"],
  ["/dag_runs", "/runs"],
  ["/task_instances", "/tasks"],
  ["/pools", "/admin/pools"],
  ["/configs", "/admin/config"],
  ["/admin/connections", "/connections"],
])("%s is %s here", (old, here) => expect(fromAirflow(old)).toBe(here));

test.each(["/nonsense", "/log", "/dags/shop/nonsense", "/admin/nonsense", "/constructor", "/dags/shop/toString", "/"])("%s is nowhere", (old) =>
  expect(fromAirflow(old)).toBeNull(),
);
