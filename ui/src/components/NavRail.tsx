import { Link, useLocation, useNavigate } from "@tanstack/react-router";
import { Boxes, ChartGantt, Ellipsis, Hand, House, ListChecks, type LucideIcon, Rows3, Settings2, Workflow } from "lucide-react";

import { useMay } from "../hooks/useMay";
import { ADMIN_PLACES } from "../services/adminPlaces";
import { places } from "../words/places";
import { OpenCount } from "./approvals/OpenCount";
import { Menu, MenuItem } from "./Menu";

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

/** So many places stand in the bar of a narrow screen; the others are in its menu. */
const ON_PHONE = 4;

/** The way from anywhere to the main places, at the left edge; at the lower edge of narrow screens. */
export function NavRail() {
  const may = useMay();
  const navigate = useNavigate();
  // The administration begins with the first of its pages that the person may see.
  const first = ADMIN_PLACES.find(({ resource }) => may("read", resource) === undefined);
  const { pathname } = useLocation();
  const isIn = ADMIN_PLACES.some(({ to }) => pathname === to);
  const rest = PLACES.slice(ON_PHONE);
  const isInRest = isIn || rest.some(({ to }) => pathname.startsWith(to));
  return (
    <nav className="navrail" aria-label={places.main}>
      {PLACES.map(({ to, icon: Icon, name }, at) => (
        <Link key={to} to={to} className="navrail__place" data-rest={at >= ON_PHONE || undefined} activeOptions={{ includeSearch: false, exact: to === "/" }}>
          <Icon size={18} strokeWidth={1.75} aria-hidden="true" />
          <span>{name}</span>
          {to === "/approvals" && <OpenCount />}
        </Link>
      ))}
      {first && (
        <Link to={first.to} className="navrail__place" data-rest {...(isIn && { "data-status": "active" })} activeOptions={{ includeSearch: false }}>
          <Settings2 size={18} strokeWidth={1.75} aria-hidden="true" />
          <span>{places.admin}</span>
        </Link>
      )}
      <Menu
        trigger={
          <button type="button" className="navrail__place navrail__more" data-status={isInRest ? "active" : undefined}>
            <Ellipsis size={18} strokeWidth={1.75} aria-hidden="true" />
            <span>{places.more}</span>
            <OpenCount />
          </button>
        }
      >
        {rest.map(({ to, icon: Icon, name }) => (
          <MenuItem key={to} icon={<Icon size={16} />} onSelect={() => void navigate({ to })}>
            {name}
          </MenuItem>
        ))}
        {first && (
          <MenuItem icon={<Settings2 size={16} />} onSelect={() => void navigate({ to: first.to })}>
            {places.admin}
          </MenuItem>
        )}
      </Menu>
    </nav>
  );
}
