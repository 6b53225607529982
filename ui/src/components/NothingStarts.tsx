import { useQuery } from "@tanstack/react-query";
import { CirclePause } from "lucide-react";
import { useEffect, useRef } from "react";

import { useMay } from "../hooks/useMay";
import { client } from "../services/client";
import { drainsAll, healthQuery } from "../services/home";
import { home } from "../words/home";
import { PlainLink } from "./PlainLink";

/** Milliseconds between two looks from pages that are not about it. */
const LOOK_EVERY = 15_000;

/** On every page: all engines drain or none lives, so no task starts whatever people do. */
export function NothingStarts() {
  const isRefused = useMay()("read", "Cluster Activity") !== undefined;
  const { data, error } = useQuery({ ...healthQuery, refetchInterval: LOOK_EVERY, enabled: !isRefused });
  const engines = error ? undefined : data?.parts.find((part) => part.name === "scheduler");
  const why = engines && (drainsAll(engines) ? home.nothingStartsText : engines.health === "dead" ? home.noEngineText : undefined);
  const isSo = engines && why !== undefined;
  const before = useRef(isSo);
  useEffect(() => {
    if (isSo === undefined) return;
    // Tasks wait for another reason from now on, and nothing else tells the page.
    if (before.current !== undefined && before.current !== isSo) void client.invalidateQueries({ queryKey: ["instance"] });
    before.current = isSo;
  }, [isSo]);
  return (
    <span role="status">
      {isSo && (
        <PlainLink href="/admin/workers" className="topbar__warn" title={why}>
          <CirclePause size={14} aria-hidden="true" /> <span>{home.nothingStarts}</span>
        </PlainLink>
      )}
    </span>
  );
}
