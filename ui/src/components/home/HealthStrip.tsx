import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, CirclePause, CircleSlash } from "lucide-react";

import { useMay } from "../../hooks/useMay";
import { drainsAll, type Health, healthQuery, type PartHealth } from "../../services/home";
import { HttpError } from "../../services/http";
import { home } from "../../words/home";
import { Moment } from "../Moment";
import { Unread } from "../Notice";
import { PlainLink } from "../PlainLink";

const ICONS = { healthy: CircleCheck, stalled: CircleAlert, dead: CircleAlert, absent: CircleSlash } as const satisfies Record<PartHealth, unknown>;

/** Whether each part of the installation works, by what it got done last. */
export function HealthStrip() {
  const isRefused = useMay()("read", "Cluster Activity") !== undefined;
  const read = useQuery({ ...healthQuery, enabled: !isRefused });
  if (isRefused) return null;
  const { data, error } = read;
  const isDatabase = error instanceof HttpError && error.status === 503;
  // What was read before says nothing of now.
  if (error && !isDatabase) return <Unread of={{ ...read, data: undefined }} />;
  const parts: Health["parts"] = isDatabase ? [{ name: "database", health: "dead", heartbeat_at: null, progress_at: null, count: 0, draining: 0 }] : (data?.parts ?? []);
  return (
    <ul className="health" aria-label={home.health} aria-live="polite">
      {parts.map((part) => {
        const isHeld = drainsAll(part);
        const Icon = isHeld ? CirclePause : ICONS[part.health];
        const at = part.progress_at ?? part.heartbeat_at;
        return (
          <li key={part.name} className="health__part" data-health={part.health} data-held={isHeld || undefined} data-part={part.name}>
            <Icon size={16} aria-hidden="true" />
            <span>
              <strong>{home.parts[part.name]}</strong> {home.state[part.health]}
              {part.draining > 0 && (
                <PlainLink href="/admin/workers" className="health__drain">
                  {home.drains(part.draining, part.count)}
                </PlainLink>
              )}
              {at !== null && part.name !== "database" && (
                <span className="health__at quiet">
                  {part.name === "dag_processor" ? home.lastParsed : home.lastDone} <Moment at={at} relative isPast />
                </span>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
