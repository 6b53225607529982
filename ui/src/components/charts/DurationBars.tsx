import { useWidth } from "../../hooks/useWidth";
import type { DurationBar, Times } from "../../services/history";
import { words } from "../../words";
import { history } from "../../words/history";
import { formatDay, formatDuration, formatHour, formatMoment } from "../../words/times";
import { PlainLink } from "../PlainLink";
import { apart, durationTicks, labelled, shortDuration } from "./scale";
import { TableTwin } from "./TableTwin";

export type Measure = "took" | "landing";
type Props = { bars: DurationBar[]; times: Times; measure: Measure; placeOf: (bar: DurationBar) => string; height?: number; hasTwin?: boolean };

const LEFT = 64;
const RIGHT = 56;
const TOP = 18;
const FOOT = 22;

/** What is far from the rest: over the 95th percentile and twice the median. */
export const isOutlier = (value: number | null, times: Times): boolean =>
  value !== null && times.count >= 8 && times.p95 !== null && times.median !== null && value > times.p95 && value > 2 * times.median;

/** One bar for each run, oldest at the left; lines at the median and the 95th percentile, marks where the version changes. */
export function DurationBars({ bars, times, measure, placeOf, height = 280, hasTwin = true }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const totalOf = (bar: DurationBar) => (measure === "landing" ? (bar.landing ?? 0) : (bar.queued ?? 0) + (bar.took ?? 0));
  const ticks = durationTicks(Math.max(...bars.map(totalOf), times.p95 ?? 0, 0.001));
  const most = ticks.at(-1) ?? 1;
  const inner = height - TOP - FOOT;
  // A few bars stand together at the left instead of being strewn over the width.
  const step = Math.min(48, Math.max(0, width - LEFT - RIGHT) / Math.max(1, bars.length));
  const y = (seconds: number) => TOP + inner * (1 - seconds / most);
  const said = (bar: DurationBar) =>
    [
      formatMoment(bar.run_after),
      words.taskState[bar.state],
      measure === "landing" ? `${history.landing} ${told(bar.landing)}` : `${history.queued} ${told(bar.queued)}, ${history.took} ${told(bar.took)}`,
      history.version(bar.version_number),
      ...(isOutlier(bar[measure], times) ? [history.outlier] : []),
    ].join(", ");
  const span = Date.parse(bars.at(-1)?.run_after ?? "") - Date.parse(bars[0]?.run_after ?? "");
  const dayLabel = (at: string) => (span < 36 * 3_600_000 ? formatHour(at) : formatDay(at));
  const marks = [...labelled(bars.length, step)].map((i) => [i, dayLabel(bars[i]?.run_after ?? "")] as const);
  // A day that is named is not named again.
  const labels = new Map(marks.filter(([, label], k) => label !== marks[k - 1]?.[1]));
  const changes = bars.flatMap((bar, i) => (i > 0 && bars[i - 1]?.version_number !== bar.version_number ? [i] : []));
  const versions = apart(changes, step);
  return (
    <figure className="chart durations" aria-label={history.measure[measure]}>
      <div ref={ref}>
        {width > 0 && (
          <svg width={width} height={height} role="group" aria-label={history.measureHint[measure]} className="durations__svg">
            {ticks.map((tick) => (
              <g key={tick} className="durations__tick">
                <line x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
                <text x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
                  {shortDuration(tick)}
                </text>
              </g>
            ))}
            {bars.map((bar, i) => {
              const x = LEFT + i * step;
              const wide = Math.max(1, Math.min(step - (step > 4 ? 2 : 0), 28));
              const value = measure === "landing" ? (bar.landing ?? 0) : (bar.took ?? 0);
              const queued = measure === "landing" ? 0 : (bar.queued ?? 0);
              return (
                <g key={bar.run_id}>
                  {changes.includes(i) && (
                    <g className="durations__version">
                      <line x1={x - 1} x2={x - 1} y1={TOP - 4} y2={height - FOOT} />
                      {versions.has(i) && (
                        <text x={x + 2} y={TOP - 6}>
                          {history.version(bar.version_number)}
                        </text>
                      )}
                    </g>
                  )}
                  <PlainLink href={placeOf(bar)} tabIndex={-1} aria-label={said(bar)}>
                    <title>{said(bar)}</title>
                    <rect className="durations__hit" x={x} y={TOP} width={Math.max(1, step)} height={inner} />
                    {/* Work stands at the foot, as the lines of the median and the percentile do. */}
                    <rect className="durations__queued" x={x} y={y(queued + value)} width={wide} height={Math.max(0, y(value) - y(queued + value))} />
                    <rect className="durations__took" data-state={bar.state} x={x} y={Math.min(y(value), y(0) - (value > 0 ? 1.5 : 0))} width={wide} height={Math.max(value > 0 ? 1.5 : 0, y(0) - y(value))} />
                    {bar.state === "failed" && <rect className="durations__failed" x={x} y={height - FOOT} width={wide} height={3} />}
                    {isOutlier(bar[measure], times) && <circle className="durations__outlier" cx={x + wide / 2} cy={Math.max(6, y(queued + value) - 6)} r={3} />}
                  </PlainLink>
                  {labels.get(i) !== undefined && (
                    <text className="durations__day" x={x + wide / 2} y={height - 4} textAnchor="middle">
                      {labels.get(i)}
                    </text>
                  )}
                </g>
              );
            })}
            {([["median", times.median], ["p95", times.p95]] as const).map(
              ([name, value]) =>
                value !== null &&
                (name === "median" || value - (times.median ?? 0) > most / 16) && (
                  <g key={name} className="durations__line" data-line={name}>
                    <line x1={LEFT} x2={width - RIGHT} y1={y(value)} y2={y(value)} />
                    <text x={width - RIGHT + 4} y={y(value) + 4}>
                      {history[name]}
                    </text>
                  </g>
                ),
            )}
          </svg>
        )}
      </div>
      {hasTwin && (
        <TableTwin
          caption={history.measure[measure]}
          head={[history.run, history.due, history.state, history.queued, history.took, history.landing, history.version_]}
          rows={bars.map((bar) => [
            <PlainLink key="run" href={placeOf(bar)}>
              {bar.run_id}
            </PlainLink>,
            formatMoment(bar.run_after),
            words.taskState[bar.state],
            told(bar.queued),
            told(bar.took),
            told(bar.landing),
            history.version(bar.version_number),
          ])}
        />
      )}
    </figure>
  );
}

const told = (seconds: number | null): string => (seconds === null ? words.common.dash : formatDuration(seconds));
