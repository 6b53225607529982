import { Link, useLocation } from "@tanstack/react-router";
import { CalendarDays, CalendarPlus, ChartColumn, ChartGantt, CodeXml, Gauge, LayoutGrid, ListChecks, type LucideIcon, Rows3, Workflow } from "lucide-react";

import { places } from "../../words/places";

/** The views of a DAG in the order of their tabs. A view is added here and in `routes/dag.tsx`. */
const VIEWS = [
  { to: "/dags/$dagId/overview", icon: Gauge, name: places.overview, exact: true },
  { to: "/dags/$dagId", icon: LayoutGrid, name: places.grid, exact: true },
  { to: "/dags/$dagId/graph", icon: Workflow, name: places.graph, exact: true },
  { to: "/dags/$dagId/gantt", icon: ChartGantt, name: places.gantt, exact: true },
  { to: "/dags/$dagId/runs", icon: Rows3, name: places.runs, exact: true },
  { to: "/dags/$dagId/tasks", icon: ListChecks, name: places.tasks, exact: true },
  { to: "/dags/$dagId/calendar", icon: CalendarDays, name: places.calendar, exact: true },
  { to: "/dags/$dagId/durations", icon: ChartColumn, name: places.durations, exact: true },
  { to: "/dags/$dagId/backfills", icon: CalendarPlus, name: places.backfills, exact: true },
  { to: "/dags/$dagId/code", icon: CodeXml, name: places.code, exact: true },
] as const satisfies readonly {
  to: string;
  icon: LucideIcon;
  name: string;
  exact: boolean;
}[];

const ON = { "data-status": "active", "aria-current": "page" } as const;

export function DagViews({ dagId }: { dagId: string }) {
  // A run beside the grid, and a run in time, have addresses of their own.
  const run = useLocation({ select: ({ pathname }) => /\/runs\/[^/]+(\/gantt)?$/.exec(pathname)?.[0] });
  const shown = run === undefined ? null : run.endsWith("/gantt") ? "/dags/$dagId/gantt" : "/dags/$dagId";
  return (
    <nav className="views" aria-label={places.views}>
      {VIEWS.map(({ to, icon: Icon, name, exact }) => (
        <Link key={to} to={to} params={{ dagId }} className="views__tab" {...(to === shown && ON)} activeOptions={{ exact, includeSearch: false }}>
          <Icon size={14} aria-hidden="true" /> {name}
        </Link>
      ))}
    </nav>
  );
}
