import "../../styles/admin.css";

import { Link, Outlet } from "@tanstack/react-router";

import { useMay } from "../../hooks/useMay";
import { ADMIN_PLACES } from "../../services/adminPlaces";
import { admin } from "../../words/admin";

/** The frame of the administration: its pages, those that the person may see. */
export function AdminFrame() {
  const may = useMay();
  return (
    <>
      <nav className="views" aria-label={admin.pages}>
        {ADMIN_PLACES.filter(({ resource }) => may("read", resource) === undefined).map(({ to, name }) => (
          <Link key={to} to={to} className="views__tab" activeOptions={{ includeSearch: false }}>
            {name}
          </Link>
        ))}
      </nav>
      <Outlet />
    </>
  );
}
