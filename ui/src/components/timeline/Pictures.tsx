import { wallClock } from "../../services/zones";
import { words } from "../../words";
import { history } from "../../words/history";
import { formatDuration, zoneName } from "../../words/times";
import { TableTwin } from "../charts/TableTwin";
import { Notice } from "../Notice";
import { PlainLink } from "../PlainLink";
import { Concurrency } from "./Concurrency";
import { Floor } from "./Floor";
import type { FloorRow } from "./model";
import { Scatter } from "./Scatter";
import type { Shown } from "./shown";

/** Rows of the table at most, and the one of all others. */
const MOST = 501;

type Props = { shown: Shown; onBrush: (since: number, until: number) => void };

/** How many ran at once, what ran in rows, how long it took. */
export function Pictures({ shown, onBrush }: Props) {
  const { rows, what, by } = shown;
  if (rows.length === 0 && shown.count === 0) return <Notice title={history.noTimeline} small />;
  const label = window.innerWidth < 640 ? 96 : 176;
  const since = Date.parse(shown.of.since);
  const zoneShift = (Date.parse(`${wallClock(since, zoneName())}Z`) - Math.floor(since / 1000) * 1000) / 60_000;
  const name = (row: FloorRow) => {
    const href = shown.list(row);
    return href ? (
      <PlainLink key="name" href={href}>
        {row.name}
      </PlainLink>
    ) : (
      row.name
    );
  };
  return (
    <>
      {shown.heat && <p className="banner banner--note">{history.sums}</p>}
      <Concurrency shown={shown} label={label} onBrush={onBrush} />
      <figure className="chart" aria-label={history.floor[what]}>
        <h2>{history.floor[what]}</h2>
        <Floor shown={shown} label={label} zoneShift={zoneShift} onZoom={onBrush} />
        <TableTwin
          caption={history.floor[what]}
          head={[history.groups[by], history.countOf[what], history.failedOf, history.plannedWord, history.busy, history.longest]}
          rows={rows.slice(0, MOST).map((row) => [
            name(row),
            ...[row.ran, row.failed, row.planned.length].map((n) => n.toLocaleString(words.locale)),
            formatDuration(row.busy / 1000),
            formatDuration(row.longest / 1000),
          ])}
        />
      </figure>
      <Scatter shown={shown} label={label} />
    </>
  );
}
