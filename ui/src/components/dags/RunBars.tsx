import { runPlace } from "../../services/places";
import type { RunBar } from "../../services/types";
import { words } from "../../words";
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

/** The last runs, oldest at the left: height is duration, colour is state. Each bar leads to its run. */
export function RunBars({ dagId, runs }: { dagId: string; runs: RunBar[] }) {
  const shown = runs.slice(-PLACES);
  if (shown.length === 0) return <span className="quiet">{words.dags.noRuns}</span>;
  const longest = Math.max(...shown.map((run) => seconds(run) ?? 0), 0.001);
  return (
    <span className="bars">
      {shown.map((run) => {
        const took = seconds(run);
        const height = LEAST + Math.round(((took ?? 0) / longest) * (HEIGHT - LEAST));
        const text = `${words.runState[run.state]}, ${formatMoment(run.logical_date ?? run.run_after)}${took === null ? "" : `, ${formatDuration(took)}`}`;
        return (
          <PlainLink key={run.run_id} href={runPlace(dagId, run.run_id)} className="bar" data-state={run.state} aria-label={text} title={text} tabIndex={-1}>
            <span className="bar__fill" style={{ height }} />
          </PlainLink>
        );
      })}
    </span>
  );
}
