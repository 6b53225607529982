import "../../styles/charts.css";

import { useQuery } from "@tanstack/react-query";

import { type Pool, type PoolPast, type PoolsPast, poolsPastQuery } from "../../services/admin";
import { words } from "../../words";
import { admin } from "../../words/admin";
import { formatHour } from "../../words/times";
import { TableTwin } from "../charts/TableTwin";
import { Dialog } from "../Dialog";
import { Problem, Skeleton } from "../Notice";

const w = admin.pool;
const HEIGHT = 160;
const LEFT = 48;
const FOOT = 20;
const WIDTH = 640;
/** Labels under the picture. */
const LABELS = 4;

const number = (n: number) => n.toLocaleString(words.locale, { maximumFractionDigits: 2 });
const most = (of: number[]) => Math.max(0, ...of);
const saidOf = ({ taken, waiting }: PoolPast) => w.pastSaid(number(most(taken)), number(most(waiting)));

/** The number that the picture is as high as, and whether the pool's own limit is in it: one far above what was used would
 * press the picture flat. */
function scaleOf({ taken, waiting }: PoolPast, slots: number): { top: number; hasLimit: boolean } {
  const peak = Math.max(0, ...taken.map((n, i) => n + (waiting[i] ?? 0)));
  const hasLimit = slots >= 0 && slots <= 4 * peak;
  return { top: Math.max(peak, hasLimit ? slots : 0) || 1, hasLimit };
}

/** The last day of a pool in a cell; opens it in full. */
export function PastButton({ pool, past, onOpen }: { pool: Pool; past: PoolsPast | undefined; onOpen: () => void }) {
  const found = past?.pools[pool.name];
  if (!past) return null;
  if (!found) return <span className="quiet">{w.unused}</span>;
  const { top } = scaleOf(found, pool.slots);
  return (
    <button type="button" className="poolpast__open" aria-label={`${w.pastOf(pool.name)}: ${saidOf(found)}`} title={saidOf(found)} onClick={onOpen}>
      <svg className="poolpast poolpast--small" viewBox={`0 0 ${found.taken.length} 24`} preserveAspectRatio="none" aria-hidden="true">
        <Bars past={found} top={top} x={(i) => i} wide={1} height={24} />
      </svg>
    </button>
  );
}

type BarsProps = { past: PoolPast; top: number; x: (i: number) => number; wide: number; height: number };

/** What was taken from the foot up, and what was wanted beyond it on top. */
function Bars({ past, top, x, wide, height }: BarsProps) {
  return past.taken.map((taken, i) => {
    const waiting = past.waiting[i] ?? 0;
    const foot = (taken / top) * height;
    const more = (waiting / top) * height;
    return (
      <g key={i}>
        {taken > 0 && <rect className="poolpast__taken" x={x(i)} y={height - foot} width={wide} height={foot} />}
        {waiting > 0 && <rect className="poolpast__wanted" x={x(i)} y={height - foot - more} width={wide} height={more} />}
      </g>
    );
  });
}

/** The last day of one pool, with its numbers as a table. */
export function PastDialog({ pool, slots, onClose }: { pool: string; slots: number; onClose: () => void }) {
  const { data, error, refetch } = useQuery(poolsPastQuery);
  return (
    <Dialog title={w.pastOf(pool)} onClose={onClose} wide>
      {error && !data ? <Problem error={error} again={() => void refetch()} small /> : !data ? <Skeleton lines={6} /> : <Chart data={data} past={data.pools[pool] ?? { taken: [], waiting: [] }} slots={slots} name={pool} />}
    </Dialog>
  );
}

function Chart({ data, past, slots, name }: { data: PoolsPast; past: PoolPast; slots: number; name: string }) {
  const since = Date.parse(data.since);
  const at = (i: number) => formatHour(since + i * data.seconds * 1000);
  const count = Math.max(1, past.taken.length);
  const { top, hasLimit } = scaleOf(past, slots);
  const inner = HEIGHT - FOOT;
  const step = (WIDTH - LEFT) / count;
  const line = inner * (1 - slots / top);
  return (
    <figure className="chart" aria-label={w.pastOf(name)}>
      <p className="soft">{past.taken.length === 0 ? w.unused : saidOf(past)}</p>
      {past.taken.length > 0 && (
        <svg className="poolpast" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={saidOf(past)}>
          <text x={LEFT - 8} y={10} textAnchor="end">
            {number(top)}
          </text>
          <text x={LEFT - 8} y={inner} textAnchor="end">
            0
          </text>
          <Bars past={past} top={top} x={(i) => LEFT + i * step} wide={Math.max(1, step - 1)} height={inner} />
          {hasLimit && <line className="poolpast__limit" x1={LEFT} x2={WIDTH} y1={line} y2={line} />}
          {Array.from({ length: LABELS }, (_, n) => Math.floor((n * count) / LABELS)).map((i) => (
            <text key={i} x={LEFT + i * step} y={HEIGHT - 4}>
              {at(i)}
            </text>
          ))}
        </svg>
      )}
      <ul className="chartkey">
        <li>
          <span className="poolpast__mark poolpast__mark--taken" aria-hidden="true" /> {w.taken}
        </li>
        <li>
          <span className="poolpast__mark poolpast__mark--wanted" aria-hidden="true" /> {w.wanted}
        </li>
        {hasLimit && (
          <li>
            <span className="poolpast__mark poolpast__mark--limit" aria-hidden="true" /> {w.limit}: {number(slots)}
          </li>
        )}
      </ul>
      <p className="field__hint">
        {w.pastHint} {data.more && w.pastMore}
      </p>
      <TableTwin caption={w.pastOf(name)} head={[w.time, w.taken, w.wanted]} rows={past.taken.map((taken, i) => [at(i), number(taken), number(past.waiting[i] ?? 0)])} />
    </figure>
  );
}
