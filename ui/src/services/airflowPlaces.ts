/**
 * Addresses of Airflow's page, of 2.x and 3.x: bookmarks, runbooks and messages that tasks send go on leading somewhere.
 * Each becomes the address of the place that shows the same here; what this page knows itself comes by only with a `try_number`.
 */

const LISTS: Record<string, string> = {
  home: "/dags",
  dag_runs: "/runs",
  dagrun: "/runs",
  task_instances: "/tasks",
  taskinstance: "/tasks",
  required_actions: "/approvals",
  events: "/audit",
  jobs: "/admin/workers",
  pools: "/admin/pools",
  providers: "/admin/providers",
  plugins: "/admin/plugins",
  configs: "/admin/config",
};
/** Places of the administration that stand without `/admin`, for whoever types it. */
const ADMIN = ["connections", "variables", "xcoms", "deadlines", "audit"];
/** Views that named their DAG behind the `?`. */
const OLD_VIEWS = ["log", "tree", "graph", "gantt", "code", "duration", "tries", "landing_times", "dag_details", "rendered-templates", "task", "xcom"];
const DAG_VIEWS: Record<string, string> = {
  details: "/overview",
  duration: "/durations",
  "run-duration": "/durations",
  "task-duration": "/durations",
  "landing-times": "/durations?measure=landing",
  tries: "/tasks",
};
const TASK_TABS: Record<string, string> = { rendered_templates: "rendered", xcom: "xcom", storage: "xcom", asset_events: "events", events: "history", details: "details" };

/** Where `href`, percent-encoded, leads, or null when Airflow has no such address either. */
export function fromAirflow(href: string): string | null {
  const { pathname, searchParams: search } = new URL(href, "http://page.invalid");
  const [first, second, ...rest] = pathname.split("/").filter(Boolean);
  if (first === "dags" && second !== undefined) return ofDag(second, rest, search);
  if (first === "admin" && second !== undefined) return ADMIN.includes(second) ? `/${second}` : null;
  const dag = search.get("dag_id");
  if (first !== undefined && OLD_VIEWS.includes(first) && dag) return ofDag(encodeURIComponent(dag), ["grid"], search);
  return (first !== undefined && Object.hasOwn(LISTS, first) && LISTS[first]) || null;
}

function ofDag(dag: string, [view, ...rest]: string[], search: URLSearchParams): string | null {
  const at = `/dags/${dag}`;
  if (view === "grid" || view === "tree") {
    const [run, task] = [search.get("dag_run_id"), search.get("task_id")].map((one) => one && encodeURIComponent(one));
    if (run && task) return ofTask(`${at}/runs/${run}/tasks/${task}`, undefined, search.get("map_index"), search);
    return run ? `${at}/runs/${run}` : at;
  }
  if (view === "runs") return ofRun(at, rest, search);
  if (view === "tasks" && rest[0] !== undefined) return `${at}?tasks=${rest[0] === "group" ? (rest[1] ?? "") : rest[0]}`;
  if (view === "events" || view === "audit_log") return `/audit?dag=${dag}`;
  if (view === "required_actions") return "/approvals";
  return view !== undefined && Object.hasOwn(DAG_VIEWS, view) ? at + DAG_VIEWS[view] : null;
}

function ofRun(dag: string, [run, part, task, ...rest]: string[], search: URLSearchParams): string | null {
  if (run === undefined || part === undefined) return null;
  if (part !== "tasks" || task === undefined || task === "group") return `${dag}/runs/${run}`;
  const at = `${dag}/runs/${run}/tasks/${task}`;
  return rest[0] === "mapped" ? ofTask(at, rest[2], rest[1] ?? null, search) : ofTask(at, rest[0], search.get("map_index"), search);
}

function ofTask(at: string, tab: string | undefined, index: string | null, search: URLSearchParams): string {
  const wanted = new URLSearchParams();
  if (index !== null && Number(index) >= 0) wanted.set("map_index", index);
  const number = search.get("try_number");
  if (number !== null) wanted.set("try", number);
  if (tab !== undefined && Object.hasOwn(TASK_TABS, tab)) wanted.set("tab", TASK_TABS[tab] ?? "");
  return wanted.size ? `${at}?${wanted}` : at;
}
