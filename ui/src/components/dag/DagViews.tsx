import { Link } from "@tanstack/react-router";
import { LayoutGrid, type LucideIcon } from "lucide-react";

import { places } from "../../words/places";

/** The views of a DAG in the order of their tabs. A view is added here and in `routes/dag.tsx`. */
const VIEWS = [{ to: "/dags/$dagId", icon: LayoutGrid, name: places.grid, exact: false }] as const satisfies readonly {
  to: string;
  icon: LucideIcon;
  name: string;
  exact: boolean;
}[];

export function DagViews({ dagId }: { dagId: string }) {
  return (
    <nav className="views" aria-label={places.views}>
      {VIEWS.map(({ to, icon: Icon, name, exact }) => (
        <Link key={to} to={to} params={{ dagId }} className="views__tab" activeOptions={{ exact, includeSearch: false }}>
          <Icon size={14} aria-hidden="true" /> {name}
        </Link>
      ))}
    </nav>
  );
}
