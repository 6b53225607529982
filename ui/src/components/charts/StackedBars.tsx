import type { RunState } from "../../services/types";
import { words } from "../../words";
import { charts } from "../../words/charts";
import { PlainLink } from "../PlainLink";
import { TableTwin } from "./TableTwin";

export type StackedBar = { label: string; counts: Partial<Record<RunState, number>>; href: string };

/** From the foot up: what is well lies below, what failed on top, where it is seen. */
const ORDER: RunState[] = ["success", "queued", "running", "failed"];

const totalOf = (bar: StackedBar) => ORDER.reduce((sum, state) => sum + (bar.counts[state] ?? 0), 0);

/** Numbers of runs by state over time; a bar leads to its runs. */
export function StackedBars({ caption, bars, ticks }: { caption: string; bars: StackedBar[]; ticks: string[] }) {
  const most = Math.max(1, ...bars.map(totalOf));
  const said = (bar: StackedBar) =>
    `${bar.label}: ${ORDER.filter((state) => bar.counts[state])
      .map((state) => `${bar.counts[state]} ${words.runState[state].toLowerCase()}`)
      .join(", ") || charts.none}`;
  return (
    <figure className="chart" aria-label={caption}>
      <div className="stack" data-most={most.toLocaleString(words.locale)}>
        {bars.map((bar) => (
          <PlainLink key={bar.label} href={bar.href} className="stack__bar" aria-label={said(bar)} title={said(bar)}>
            {[...ORDER].reverse().map((state) => {
              const count = bar.counts[state] ?? 0;
              return count > 0 && <span key={state} className="stack__part" data-state={state} style={{ height: `max(2px, ${(count / most) * 100}%)` }} />;
            })}
          </PlainLink>
        ))}
      </div>
      <div className="stack__ticks" aria-hidden="true">
        {ticks.map((tick, i) => (
          <span key={i}>{tick}</span>
        ))}
      </div>
      <TableTwin
        caption={caption}
        head={[charts.time, ...ORDER.map((state) => words.runState[state]), charts.total]}
        rows={bars.map((bar) => [bar.label, ...ORDER.map((state) => bar.counts[state] ?? 0), totalOf(bar)])}
      />
    </figure>
  );
}
