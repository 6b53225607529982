import "../../styles/admin.css";

import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import { useMay } from "../../hooks/useMay";
import { ADMIN_PLACES } from "../../services/adminPlaces";
import { admin } from "../../words/admin";

/** The frame of the administration: its pages, those that the person may see. */
export function AdminFrame() {
  const may = useMay();
  const tabs = useRef<HTMLElement>(null);
  const pathname = useLocation({ select: (at) => at.pathname });
  // On a narrow screen the tab of the page may stand out of sight.
  useEffect(() => {
    const tab = tabs.current?.querySelector<HTMLElement>("[data-status=active]");
    if (tab && tabs.current) tabs.current.scrollLeft = tab.offsetLeft - tabs.current.offsetLeft - 16;
  }, [pathname]);
  return (
    <>
      <nav ref={tabs} className="views" aria-label={admin.pages}>
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
