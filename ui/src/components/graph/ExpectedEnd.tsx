import { useNow } from "../../hooks/useNow";
import type { Critical } from "../../services/graph";
import { graphWords } from "../../words/graph";
import { formatHour, formatRelative, formatShort } from "../../words/times";

const DAY = 86_400_000;

/** When a run that goes on may end. Nothing for one that is over. */
export function ExpectedEnd({ critical, readAt }: { critical: Critical; readAt: number }) {
  const { expected } = critical;
  const now = useNow(expected ? 5_000 : null) + Date.parse(critical.server_time) - readAt;
  if (!expected) return null;
  const t = graphWords;
  if (expected.end === null) return <span data-expected="none">{t.expectedNone}</span>;
  // What began and takes longer than usual may end now; the rest comes after it.
  const first = Date.parse(expected.tasks[0]?.end ?? expected.end);
  const end = Math.max(first, now) + Date.parse(expected.end) - first;
  const unknown = expected.tasks.filter((task) => !task.is_known).length;
  return (
    <span data-expected={expected.end} title={t.expectedFrom(expected.runs)}>
      {end - now < 1_000 ? t.expectedSoon : t.expected(end - now > DAY ? formatShort(end) : formatHour(end), formatRelative(end, now))}
      {unknown > 0 && <span className="quiet"> ({t.expectedUnknown(unknown)})</span>}
    </span>
  );
}
