import "../styles/charts.css";
import "../styles/dags.css";
import "../styles/history.css";

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, ZoomOut } from "lucide-react";
import { useMemo, useState } from "react";

import { TableTwin } from "../components/charts/TableTwin";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { PlainLink } from "../components/PlainLink";
import { Floor } from "../components/timeline/Floor";
import { concurrencyOf, floorOf } from "../components/timeline/model";
import { Concurrency, Scatter } from "../components/timeline/Overviews";
import { useTitle } from "../hooks/useTitle";
import { TIMELINE_ROWS, type TimelineRows } from "../routes/history";
import { type Timeline, timelineQuery } from "../services/history";
import { runsPlace, tasksPlace } from "../services/places";
import { wallClock } from "../services/zones";
import { words } from "../words";
import { history } from "../words/history";
import { formatDuration, formatShort, zoneName } from "../words/times";

const HOUR = 3_600_000;
const SPANS = [6, 24, 168] as const;
const MOST = 31 * 24 * HOUR;
/** Of a new stretch: the part that lies ahead, for runs that are planned. */
const AHEAD = 1 / 6;
/** Rows of the table at most. */
const SHOWN = 500;

/** All runs of a stretch of time, the past and the planned. */
export function TimelinePage() {
  useTitle(history.timeline);
  const search = useSearch({ from: "/layout/timeline" });
  const navigate = useNavigate({ from: "/timeline" });
  // Without an address of its own the stretch is that of the moment at which the page was opened.
  const [opened] = useState(() => stretch(24, Date.now()));
  const [since, until] = search.since && search.until ? [Date.parse(search.since), Date.parse(search.until)] : opened;
  const by = search.rows ?? "dag";
  const go = (from: number, to: number) => void navigate({ search: { ...search, since: new Date(from).toISOString(), until: new Date(to).toISOString() } });
  const { data, error, isPlaceholderData, refetch } = useQuery(timelineQuery(new Date(since).toISOString(), new Date(until).toISOString()));
  const span = until - since;
  return (
    <div className="page history">
      <div className="dags__head">
        <h1>{history.timeline}</h1>
        <span className="quiet" aria-live="polite">
          {data && history.shownRuns(data.runs.length)} · {formatShort(since)} – {formatShort(until)}
        </span>
      </div>
      <div className="dags__filter">
        <div className="segments" role="group" aria-label={history.timeline}>
          {SPANS.map((hours) => (
            <button key={hours} type="button" className="segment" aria-pressed={Math.abs(span - hours * HOUR) < 60_000} onClick={() => go(...stretch(hours, Date.now()))}>
              {history.spans[hours]}
            </button>
          ))}
        </div>
        <div className="row">
          <button type="button" className="button button--icon" aria-label={history.previous} onClick={() => go(since - span / 2, until - span / 2)}>
            <ChevronLeft size={16} />
          </button>
          <button type="button" className="button button--icon" aria-label={history.next} onClick={() => go(since + span / 2, until + span / 2)}>
            <ChevronRight size={16} />
          </button>
          <button type="button" className="button" disabled={span >= MOST} onClick={() => go(since - Math.min(span, MOST - span) / 2, until + Math.min(span, MOST - span) / 2)}>
            <ZoomOut size={14} /> {history.zoomOut}
          </button>
        </div>
        <label className="history__choice">
          {history.group}
          <select className="input" value={by} onChange={(event) => void navigate({ search: { ...search, rows: event.target.value === "dag" ? undefined : (event.target.value as typeof by) } })}>
            {TIMELINE_ROWS.map((one) => (
              <option key={one} value={one}>
                {history.groups[one]}
              </option>
            ))}
          </select>
        </label>
        <PlainLink href={runsPlace({ after: new Date(since).toISOString(), before: new Date(until).toISOString() })} className="button">
          {history.asList}
        </PlainLink>
        <PlainLink href={tasksPlace({ after: new Date(since).toISOString(), before: new Date(until).toISOString() })} className="button">
          {history.asTasks}
        </PlainLink>
      </div>
      {error && !data ? (
        <Problem error={error} again={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={10} />
      ) : (
        <div aria-busy={isPlaceholderData} className="timeline">
          {data.more && <p className="banner banner--warn">{history.more}</p>}
          <Pictures data={data} by={by} onBrush={go} />
        </div>
      )}
    </div>
  );
}

function stretch(hours: number, now: number): [number, number] {
  const until = Math.ceil((now + hours * HOUR * AHEAD) / 60_000) * 60_000;
  return [until - hours * HOUR, until];
}

function Pictures({ data, by, onBrush }: { data: Timeline; by: TimelineRows; onBrush: (since: number, until: number) => void }) {
  const rows = useMemo(() => floorOf(data, by, history.none), [data, by]);
  const steps = useMemo(() => concurrencyOf(data), [data]);
  if (rows.length === 0) return <Notice title={history.noTimeline} small />;
  const label = window.innerWidth < 640 ? 96 : 176;
  const since = Date.parse(data.since);
  const zoneShift = (Date.parse(`${wallClock(since, zoneName())}Z`) - Math.floor(since / 1000) * 1000) / 60_000;
  return (
    <>
      <Concurrency data={data} steps={steps} label={label} onBrush={onBrush} />
      <figure className="chart" aria-label={history.floor}>
        <h2>{history.floor}</h2>
        <Floor data={data} rows={rows} label={label} zoneShift={zoneShift} />
        <TableTwin
          caption={history.floor}
          head={[history.groups[by], history.runsOf, history.failedOf, history.plannedWord, history.busy]}
          rows={rows.slice(0, SHOWN).map((row) => [
            by === "dag" ? (
              <PlainLink key="dag" href={runsPlace({ dag: row.key, after: data.since, before: data.until })}>
                {row.name}
              </PlainLink>
            ) : (
              row.name
            ),
            row.blocks.length.toLocaleString(words.locale),
            row.blocks.filter((block) => block.run[2] === "failed").length,
            row.planned.length,
            formatDuration(row.blocks.reduce((sum, block) => sum + block.end - block.start, 0) / 1000),
          ])}
        />
      </figure>
      <Scatter data={data} label={label} />
    </>
  );
}
