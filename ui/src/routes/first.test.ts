import { expect, it } from "vitest";

import { firstOf } from "./first";

const urls = (pathname: string, search = {}) => firstOf(pathname, search).flatMap((one) => [one.url, ...one.also.map((other) => other.url)]);

it.each([
  ["/", []],
  ["/runs", []],
  ["/dags/a/watchers/b", []],
  ["/dags/a/runs/r/callbacks", []],
  ["/dags/a/runs/r/gantt", ["/ui/dags/a"]],
  ["/dags/a/code", ["/ui/dags/a"]],
  ["/dags/a%2Fb", ["/ui/dags/a%2Fb", "/ui/dags/a%2Fb/graph", "/ui/dags/a%2Fb/grid?limit=25"]],
  // No address that the page writes.
  ["/dags/%E0/code", ["/ui/dags/%25E0"]],
])("%s begins with %j", (pathname, wanted) => expect(urls(pathname)).toEqual(wanted));

it("asks for the end of a log only where it is shown", () => {
  const task = "/dags/d/runs/r/tasks/t";
  const instance = "/ui/dags/d/runs/r/tasks/t?map_index=3";
  expect(urls(task, { map_index: 3 })).toEqual([instance, "/ui/dags/d/runs/r/tasks/t/logs/0?map_index=3&tail=300"]);
  expect(urls(task, { map_index: 3, try: 2 })).toEqual([instance, "/ui/dags/d/runs/r/tasks/t/logs/2?map_index=3&tail=300"]);
  for (const search of [{ line: 900 }, { level: "error" }, { tab: "xcom" }]) expect(urls(task, { map_index: 3, ...search })).toEqual([instance]);
});

it("asks for the graph of the latest run when the DAG has told which one that is", () => {
  const [head] = firstOf("/dags/d/graph", {});
  expect(head?.url).toBe("/ui/dags/d");
  const after = (answer: unknown) => head?.after?.(answer as never).map((one) => one.url);
  expect(after({ runs: [{ run_id: "old" }, { run_id: "new" }] })).toEqual(["/ui/dags/d/graph?run_id=new", "/ui/dags/d/runs/new/states"]);
  expect(after({ runs: [] })).toEqual(["/ui/dags/d/graph"]);
});
