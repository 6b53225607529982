import { useLocation, useParams } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { Fragment, type ReactNode } from "react";

import { dagPlace, runPlace } from "../services/places";
import { ADMIN_PLACES } from "../services/adminPlaces";
import { words } from "../words";
import { places } from "../words/places";
import { PLACES } from "./NavRail";
import { PlainLink } from "./PlainLink";

/** The path from the list to what is shown; each part is a link. */
export function Crumbs() {
  const { dagId, runId, taskId, assetId } = useParams({ strict: false });
  const { pathname } = useLocation();
  const parts: ReactNode[] = [];
  const place = PLACES.find(({ to }) => pathname === to || pathname.startsWith(`${to}/`));
  const adminPlace = ADMIN_PLACES.find(({ to }) => pathname === to);
  if (assetId !== undefined) parts.push(<PlainLink href="/assets">{places.assets}</PlainLink>);
  else if (adminPlace) {
    parts.push(<span>{places.admin}</span>);
    parts.push(
      <span className="truncate" aria-current="page">
        {adminPlace.name}
      </span>,
    );
  } else if (pathname === "/account") parts.push(<span aria-current="page">{places.account}</span>);
  else if (dagId === undefined) parts.push(<span aria-current="page">{place?.name}</span>);
  else {
    parts.push(<PlainLink href="/dags">{words.top.dags}</PlainLink>);
    parts.push(
      <PlainLink href={dagPlace(dagId)} className="truncate" aria-current={runId === undefined ? "page" : undefined}>
        {dagId}
      </PlainLink>,
    );
  }
  if (dagId !== undefined && runId !== undefined)
    parts.push(
      <PlainLink href={runPlace(dagId, runId)} className="truncate" aria-current={taskId === undefined ? "page" : undefined}>
        {runId}
      </PlainLink>,
    );
  if (taskId !== undefined)
    parts.push(
      <span className="truncate" aria-current="page">
        {taskId}
      </span>,
    );
  return parts.map((part, i) => (
    <Fragment key={i}>
      {i > 0 && <ChevronRight size={13} aria-hidden="true" />}
      {part}
    </Fragment>
  ));
}
