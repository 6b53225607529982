import "../styles/charts.css";
import "../styles/dags.css";
import "../styles/home.css";

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { StackedBars } from "../components/charts/StackedBars";
import { AssetEvents, Favourites, LiveTasks, Pools } from "../components/home/Aside";
import { HealthStrip } from "../components/home/HealthStrip";
import { Troubles, troublesOf } from "../components/home/Troubles";
import { Problem, Skeleton } from "../components/Notice";
import { PlainLink } from "../components/PlainLink";
import { useMay } from "../hooks/useMay";
import { useTitle } from "../hooks/useTitle";
import { healthQuery, type Home, homeQuery, type Hours, isSick } from "../services/home";
import { runsPlace } from "../services/places";
import { home } from "../words/home";
import { formatHour, formatShort } from "../words/times";

/** What needs somebody first, then whether everything works, then what ran lately. */
export function HomePage() {
  useTitle(home.title);
  const { hours = 24 } = useSearch({ from: "/layout/" });
  const navigate = useNavigate({ from: "/" });
  const { data, error, refetch } = useQuery(homeQuery(hours));
  const health = useQuery({ ...healthQuery, enabled: useMay()("read", "Cluster Activity") === undefined });
  // Without an answer nothing is known of it, and the strip says so.
  const sick = health.data && !health.error && isSick(health.data) ? 1 : 0;
  const needs = data && troublesOf(data) + sick;
  return (
    <div className="page home">
      <div className="dags__head">
        <h1>{home.title}</h1>
        <span className="quiet" aria-live="polite">
          {needs !== undefined && (needs === 0 ? home.calm : home.needs(needs))}
        </span>
      </div>
      <HealthStrip />
      {error && !data ? (
        <Problem error={error} again={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={8} />
      ) : (
        <div className="home__columns">
          <div className="home__main" role="region" aria-label={home.trouble}>
            <Troubles data={data} isSick={sick > 0} />
          </div>
          <div className="home__side">
            <Totals data={data} />
            <History data={data} hours={hours} onHours={(next) => void navigate({ search: { hours: next === 24 ? undefined : next } })} />
            <LiveTasks counts={data.live_tasks} />
            {data.pools.length > 0 && <Pools pools={data.pools} />}
            <Favourites />
            <AssetEvents />
          </div>
        </div>
      )}
    </div>
  );
}

function Totals({ data: { totals } }: { data: Home }) {
  return (
    <p className="home__totals soft">
      <PlainLink href="/dags?show=active">{home.dags(totals.active)}</PlainLink>
      <PlainLink href="/dags?show=running">{home.running(totals.running)}</PlainLink>
      <PlainLink href="/dags?show=failed" data-alarm={totals.failed > 0 || undefined}>
        {home.failingDags(totals.failed)}
      </PlainLink>
    </p>
  );
}

function History({ data, hours, onHours }: { data: Home; hours: Hours; onHours: (hours: Hours) => void }) {
  const { since, seconds, bars } = data.history;
  const start = new Date(since).getTime();
  const at = (i: number) => start + i * seconds * 1000;
  const caption = home.historyOf(home.hours[hours]);
  const format = hours === 24 ? formatHour : formatShort;
  const ticks = [0, 0.25, 0.5, 0.75].map((part) => format(at(Math.floor(part * bars.length))));
  return (
    <section>
      <div className="home__sectionhead">
        <h2>{home.history}</h2>
        <div className="segments segments--small" role="group" aria-label={home.history}>
          {([24, 168] as const).map((one) => (
            <button key={one} type="button" className="segment" aria-pressed={hours === one} onClick={() => onHours(one)}>
              {home.hours[one]}
            </button>
          ))}
        </div>
      </div>
      <StackedBars
        caption={caption}
        ticks={[...ticks, home.now]}
        bars={bars.map((counts, i) => ({
          label: formatShort(at(i)),
          counts,
          href: runsPlace({ after: new Date(at(i)).toISOString(), before: new Date(at(i + 1)).toISOString() }),
        }))}
      />
    </section>
  );
}
