import { Link, useLocation } from "@tanstack/react-router";
import { Boxes, ChartGantt, Hand, House, ListChecks, type LucideIcon, Rows3, Settings2, Workflow } from "lucide-react";

import { useMay } from "../hooks/useMay";
import { ADMIN_PLACES } from "../services/adminPlaces";
import { places } from "../words/places";
import { OpenCount } from "./approvals/OpenCount";

/** The places of the rail in their order. A new area is one more entry. */
export const PLACES = [
  { to: "/", icon: House, name: places.home },
  { to: "/dags", icon: Workflow, name: places.dags },
  { to: "/runs", icon: Rows3, name: places.runs },
  { to: "/tasks", icon: ListChecks, name: places.tasks },
  { to: "/assets", icon: Boxes, name: places.assets },
  { to: "/approvals", icon: Hand, name: places.approvals },
  { to: "/timeline", icon: ChartGantt, name: places.timeline },
] as const satisfies readonly {
  to: string;
  icon: LucideIcon;
  name: string;
}[];

/** The way from anywhere to the main places, at the left edge; at the lower edge of narrow screens. */
export function NavRail() {
  const may = useMay();
  // The administration begins with the first of its pages that the person may see.
  const first = ADMIN_PLACES.find(({ resource }) => may("read", resource) === undefined);
  const isIn = useLocation({ select: ({ pathname }) => ADMIN_PLACES.some(({ to }) => pathname === to) });
  return (
    <nav className="navrail" aria-label={places.main}>
      {PLACES.map(({ to, icon: Icon, name }) => (
        <Link key={to} to={to} className="navrail__place" activeOptions={{ includeSearch: false, exact: to === "/" }}>
          <Icon size={18} strokeWidth={1.75} aria-hidden="true" />
          <span>{name}</span>
          {to === "/approvals" && <OpenCount />}
        </Link>
      ))}
      {first && (
        <Link to={first.to} className="navrail__place" {...(isIn && { "data-status": "active" })} activeOptions={{ includeSearch: false }}>
          <Settings2 size={18} strokeWidth={1.75} aria-hidden="true" />
          <span>{places.admin}</span>
        </Link>
      )}
    </nav>
  );
}
