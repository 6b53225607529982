import type { MouseEvent } from "react";

import { runPlace } from "../../services/places";
import type { RunBar } from "../../services/types";
import { words } from "../../words";
import { lists } from "../../words/lists";
import { formatDuration, formatMoment } from "../../words/times";
import { PlainLink } from "../PlainLink";

/** Places for bars: DAGs with fewer runs keep their bars at the right, so that columns line up. */
const PLACES = 20;
const HEIGHT = 28;
const LEAST = 4;

function seconds(run: RunBar): number | null {
  if (run.start_date === null) return null;
  const end = run.end_date === null ? Date.now() : new Date(run.end_date).getTime();
  return Math.max(0, (end - new Date(run.start_date).getTime()) / 1000);
}

function textOf(run: RunBar): string {
  const took = seconds(run);
  return `${words.runState[run.state]}, ${formatMoment(run.logical_date ?? run.run_after)}${took === null ? "" : `, ${formatDuration(took)}`}`;
}

/** The last runs, oldest at the left: height is duration, colour is state. Each bar leads to its run. A list of DAGs holds a
 * thousand of them, so that a bar gets its words when the pointer comes; the picture as a whole has them at once. */
export function RunBars({ dagId, runs }: { dagId: string; runs: RunBar[] }) {
  const shown = runs.slice(-PLACES);
  if (shown.length === 0) return <span className="quiet">{words.dags.noRuns}</span>;
  const took = shown.map(seconds);
  const longest = Math.max(...took.map((one) => one ?? 0), 0.001);
  const tell = ({ target }: MouseEvent<HTMLElement>) => {
    const bar = (target as HTMLElement).closest<HTMLElement>(".bar");
    const run = shown[Number(bar?.dataset.at)];
    if (bar && run) bar.title = textOf(run);
  };
  return (
    <>
      <span className="sr-only">{lists.bars(shown.length, shown.filter((run) => run.state === "failed").length)}</span>
      <span className="bars" onMouseOver={tell}>
        {shown.map((run, i) => (
          <PlainLink key={run.run_id} href={runPlace(dagId, run.run_id)} className="bar" data-state={run.state} data-at={i} tabIndex={-1} aria-hidden="true">
            <span className="bar__fill" style={{ height: LEAST + Math.round(((took[i] ?? 0) / longest) * (HEIGHT - LEAST)) }} />
          </PlainLink>
        ))}
      </span>
    </>
  );
}
