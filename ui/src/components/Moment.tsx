import { useNow } from "../hooks/useNow";
import { formatDuration, formatMoment, formatRelative } from "../words/times";
import { words } from "../words";

/** A moment: relative where people think so ("in 3 h"), the exact one on hover. `isPast`: it was, whatever the clock of this machine says. */
export function Moment({ at, relative = false, isPast = false }: { at: string | null; relative?: boolean; isPast?: boolean }) {
  const now = useNow(relative && at !== null ? 10_000 : null);
  if (at === null) return <span className="quiet">{words.common.dash}</span>;
  const exact = formatMoment(at);
  return (
    <time dateTime={at} title={exact}>
      {relative ? formatRelative(isPast ? Math.min(now, new Date(at).getTime()) : new Date(at).getTime(), now) : exact}
    </time>
  );
}

/** How long something took, or has been taking: the second is counted here, not read from the server. */
export function Duration({ from, to, running = false }: { from: string | null; to: string | null; running?: boolean }) {
  const now = useNow(running && from !== null && to === null ? 1_000 : null);
  if (from === null) return <span className="quiet">{words.common.dash}</span>;
  const end = to === null ? (running ? now : null) : new Date(to).getTime();
  if (end === null) return <span className="quiet">{words.common.dash}</span>;
  return <span>{formatDuration((end - new Date(from).getTime()) / 1000)}</span>;
}
