import "../styles/charts.css";
import "../styles/history.css";

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";

import { CalendarGrid, type Counting, partsOf, SHAPES, type Square } from "../components/calendar/CalendarGrid";
import { addMonths, clockHours, countOf, daysOf, shadeOf, shadesOf, weeksOf } from "../components/calendar/model";
import { TableTwin } from "../components/charts/TableTwin";
import { Problem, Skeleton } from "../components/Notice";
import { PlainLink } from "../components/PlainLink";
import { useSettings } from "../hooks/useSettings";
import { CALENDAR_COUNTS } from "../routes/history";
import { type Calendar, type CalendarCell, calendarQuery } from "../services/history";
import { dagRunsPlace } from "../services/places";
import { instantOf, nextDay, wallClock } from "../services/zones";
import { words } from "../words";
import { history } from "../words/history";
import { formatHour, zoneName } from "../words/times";

const LOCALE = words.locale === "en" ? "en-GB" : words.locale;
const plainDay = (day: string, options: Intl.DateTimeFormatOptions) => new Date(`${day}T00:00:00Z`).toLocaleDateString(LOCALE, { ...options, timeZone: "UTC" });
const longDay = (day: string) => plainDay(day, { weekday: "short", day: "numeric", month: "short", year: "numeric" });

/** Runs by day of a year, or by hour of a month, with those that are planned; days are those of the chosen time zone. */
export function CalendarPage() {
  useSettings();
  const zone = zoneName();
  const { dagId } = useParams({ from: "/layout/dags/$dagId" });
  const search = useSearch({ from: "/layout/dags/$dagId/calendar" });
  const navigate = useNavigate({ from: "/dags/$dagId/calendar" });
  const change = (part: typeof search) => void navigate({ search: { ...search, ...part } });
  const today = wallClock(Date.now(), zone).slice(0, 10);
  const month = search.month;
  const year = search.year ?? Number(today.slice(0, 4));
  const by = search.dates ?? "due";
  const begin = month === undefined ? `${year}-01-01` : `${month}-01`;
  const end = month === undefined ? `${year + 1}-01-01` : `${addMonths(month, 1)}-01`;
  const { data, error, refetch } = useQuery(
    calendarQuery(dagId, {
      since: new Date(instantOf(begin, zone)).toISOString(),
      until: new Date(instantOf(end, zone)).toISOString(),
      zone,
      cells: month === undefined ? "day" : "hour",
      by,
    }),
  );
  const of = search.count;
  const counting: Counting = of ? { of, shades: shadesOf(Math.max(0, ...(data?.cells ?? []).map((cell) => countOf(cell, of)))) } : null;
  const title = month === undefined ? String(year) : plainDay(`${month}-01`, { month: "long", year: "numeric" });
  const step = (by: number) => (month === undefined ? change({ year: year + by }) : change({ month: addMonths(month, by) }));
  return (
    <div className="page history">
      <div className="dags__filter">
        <h2>{history.calendar}</h2>
        <div className="segments" role="group" aria-label={history.calendar}>
          <button type="button" className="segment" aria-pressed={month === undefined} onClick={() => change({ month: undefined })}>
            {history.days}
          </button>
          <button type="button" className="segment" aria-pressed={month !== undefined} onClick={() => change({ month: month ?? (String(year) === today.slice(0, 4) ? today.slice(0, 7) : `${year}-01`) })}>
            {history.hours}
          </button>
        </div>
        <div className="row">
          <button type="button" className="button button--icon" aria-label={history.previous} onClick={() => step(-1)}>
            <ChevronLeft size={16} />
          </button>
          <strong className="history__when" aria-live="polite">
            {title}
          </strong>
          <button type="button" className="button button--icon" aria-label={history.next} onClick={() => step(1)}>
            <ChevronRight size={16} />
          </button>
          <button type="button" className="button" onClick={() => change(month === undefined ? { year: undefined } : { month: today.slice(0, 7) })}>
            {history.today}
          </button>
        </div>
        <label className="history__choice">
          {history.by}
          <select className="input" value={by} onChange={(event) => change({ dates: event.target.value === "logical" ? "logical" : undefined })}>
            <option value="due">{history.byDue}</option>
            <option value="logical">{history.byLogical}</option>
          </select>
        </label>
        <label className="history__choice">
          {history.shows}
          <select className="input" value={search.count ?? "states"} onChange={(event) => change({ count: CALENDAR_COUNTS.find((one) => one === event.target.value) })}>
            {(["states", ...CALENDAR_COUNTS] as const).map((one) => (
              <option key={one} value={one}>
                {history.showing[one]}
              </option>
            ))}
          </select>
        </label>
        <span className="quiet">{history.inZone(zone)}</span>
      </div>
      {data?.problem && <p className="banner banner--warn">{history.noPlan(data.problem)}</p>}
      {error && !data ? (
        <Problem error={error} again={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={8} />
      ) : (
        <>
          {data.cells.length === 0 && <p className="quiet">{history.emptyTime}</p>}
          {month === undefined ? (
            <Year dagId={dagId} year={year} zone={zone} by={by} data={data} today={today} counting={counting} />
          ) : (
            <Month dagId={dagId} month={month} zone={zone} by={by} data={data} counting={counting} />
          )}
          <Legend counting={counting} />
          <TableTwin
            caption={history.cellsTable}
            head={[history.when, words.dags.column.runs]}
            rows={data.cells.map((cell) => [
              <PlainLink key="when" href={placeOf(dagId, by, cell.at, cell.until)}>
                {cell.key.replace("T", " ")}
                {month !== undefined && ":00"}
              </PlainLink>,
              partsOf(cell),
            ])}
          />
        </>
      )}
    </div>
  );
}

const placeOf = (dagId: string, by: "due" | "logical", after: string, before: string) =>
  dagRunsPlace(dagId, by === "due" ? { after, before } : { logical_after: after, logical_before: before });

type PartProps = { dagId: string; zone: string; by: "due" | "logical"; data: Calendar; counting: Counting };

function Year({ dagId, year, zone, by, data, today, counting }: PartProps & { year: number; today: string }) {
  const cells = new Map(data.cells.map((cell) => [cell.key, cell]));
  const weeks = weeksOf(year);
  const iso = (day: string) => new Date(instantOf(day, zone)).toISOString();
  const square = (day: string): Square => ({ key: day, label: longDay(day), cell: cells.get(day), href: placeOf(dagId, by, iso(day), iso(nextDay(day))) });
  const head = weeks.map((week) => {
    const begins = week.find((day) => day?.endsWith("-01"));
    return begins ? plainDay(begins, { month: "short" }) : "";
  });
  // 5 January 2026 is a Monday.
  const rows = Array.from({ length: 7 }, (_, i) => ({
    name: plainDay(nextDay("2026-01-05", i), { weekday: "short" }),
    places: weeks.map((week) => {
      const day = week[i];
      return day ? [square(day)] : [];
    }),
  }));
  return <CalendarGrid caption={history.cellsTable} head={head} rows={rows} today={today} counting={counting} />;
}

function Month({ dagId, month, zone, by, data, counting }: PartProps & { month: string }) {
  const cells = new Map<number, CalendarCell>(data.cells.map((cell) => [Date.parse(cell.at), cell]));
  const rows = daysOf(month).map((day) => {
    const hours = clockHours(day, zone);
    const all = hours.flat();
    return {
      name: plainDay(day, { weekday: "short", day: "numeric" }),
      places: hours.map((some) =>
        some.map((at): Square => {
          const until = all[all.indexOf(at) + 1] ?? instantOf(nextDay(day), zone);
          return {
            key: new Date(at).toISOString(),
            label: `${longDay(day)}, ${formatHour(at)}`,
            cell: cells.get(at),
            href: placeOf(dagId, by, new Date(at).toISOString(), new Date(until).toISOString()),
          };
        }),
      ),
    };
  });
  const head = Array.from({ length: 24 }, (_, i) => String(i));
  return <CalendarGrid caption={history.cellsTable} head={head} rows={rows} wide today="" counting={counting} />;
}

function Legend({ counting }: { counting: Counting }) {
  if (counting) return <Shades counting={counting} />;
  const looks = [
    ["success", words.runState.success],
    ["mixed", history.mixed],
    ["failed", words.runState.failed],
    ["running", words.runState.running],
    ["planned", history.plannedWord],
  ] as const;
  return (
    <p className="chartkey">
      {looks.map(([look, text]) => (
        <span key={look} className="legend__one">
          <i className="calendar__cell calendar__cell--legend" data-look={look}>
            {SHAPES[look]}
          </i>{" "}
          {text}
        </span>
      ))}
    </p>
  );
}

function Shades({ counting: { of, shades } }: { counting: NonNullable<Counting> }) {
  const steps = shades.map((upTo, i) => ({ shade: shadeOf(upTo, shades), text: history.countTo((shades[i - 1] ?? 0) + 1, upTo) }));
  return (
    <p className="chartkey">
      {[{ shade: 0, text: history.noneOf[of] }, ...steps].map(({ shade, text }) => (
        <span key={shade} className="legend__one">
          <i className="calendar__cell calendar__cell--legend" data-look="count" data-of={of} data-shade={shade} /> {text}
        </span>
      ))}
      <span className="legend__one">
        <i className="calendar__cell calendar__cell--legend" data-look="planned" /> {history.plannedWord}
      </span>
    </p>
  );
}
