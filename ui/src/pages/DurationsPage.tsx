import "../styles/charts.css";
import "../styles/history.css";

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";

import { DurationBars, isOutlier, type Measure } from "../components/charts/DurationBars";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { type Durations, durationsQuery } from "../services/history";
import { runPlace, taskPlace } from "../services/places";
import { words } from "../words";
import { charts } from "../words/charts";
import { history } from "../words/history";
import { formatDuration } from "../words/times";

const COUNTS = [25, 50, 100, 250, 500];

/** How long the last runs took, or one task in them. */
export function DurationsPage() {
  const { dagId } = useParams({ from: "/layout/dags/$dagId" });
  const search = useSearch({ from: "/layout/dags/$dagId/durations" });
  const navigate = useNavigate({ from: "/dags/$dagId/durations" });
  const change = (part: typeof search) => void navigate({ search: { ...search, ...part } });
  const limit = search.last ?? 100;
  const measure: Measure = search.measure ?? "took";
  const { data, error, refetch } = useQuery(durationsQuery(dagId, limit, search.of_task));
  return (
    <div className="page history">
      <div className="dags__filter">
        <h2>{history.durations}</h2>
        <div className="segments" role="group" aria-label={history.durations}>
          {(["took", "landing"] as const).map((one) => (
            <button key={one} type="button" className="segment" aria-pressed={measure === one} onClick={() => change({ measure: one === "took" ? undefined : one })}>
              {history.measure[one]}
            </button>
          ))}
        </div>
        <label className="history__choice">
          {history.ofTask}
          <select className="input" value={search.of_task ?? ""} onChange={(event) => change({ of_task: event.target.value || undefined })}>
            <option value="">{history.wholeRun}</option>
            {data?.tasks.map((task) => (
              <option key={task} value={task}>
                {task}
              </option>
            ))}
          </select>
        </label>
        <select className="input history__select" aria-label={history.last(limit)} value={limit} onChange={(event) => change({ last: Number(event.target.value) === 100 ? undefined : Number(event.target.value) })}>
          {COUNTS.map((n) => (
            <option key={n} value={n}>
              {history.last(n)}
            </option>
          ))}
        </select>
      </div>
      {error && !data ? (
        <Problem error={error} again={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={8} />
      ) : data.bars.length === 0 ? (
        <Notice title={history.noRuns} small />
      ) : (
        <>
          <p className="soft">{history.measureHint[measure]}</p>
          <Numbers data={data} measure={measure} />
          <DurationBars
            bars={data.bars}
            times={data[measure]}
            measure={measure}
            placeOf={(bar) => (search.of_task === undefined ? runPlace(dagId, bar.run_id) : taskPlace(dagId, bar.run_id, search.of_task))}
          />
          <p className="chartkey">
            <span className="legend__one">
              <i className="legend__mark legend__mark--queued" /> {history.queued}
            </span>
            {(["success", "failed", "running"] as const).map((state) => (
              <span key={state} className="legend__one">
                <i className="legend__mark" data-state={state} /> {words.taskState[state]}
              </span>
            ))}
            <span className="legend__one">
              <i className="legend__mark legend__mark--outlier" /> {history.outlier}: {history.outlierHint}
            </span>
          </p>
        </>
      )}
    </div>
  );
}

function Numbers({ data, measure }: { data: Durations; measure: Measure }) {
  const told = (seconds: number | null) => (seconds === null ? words.common.dash : formatDuration(seconds));
  const outliers = data.bars.filter((bar) => isOutlier(bar[measure], data[measure])).length;
  return (
    <dl className="numbers">
      {measure === "took" && (
        <div>
          <dt>
            {history.queued}, {charts.median}
          </dt>
          <dd data-number="queued-median">{told(data.queued.median)}</dd>
        </div>
      )}
      <div>
        <dt>{charts.median}</dt>
        <dd data-number="median">{told(data[measure].median)}</dd>
      </div>
      <div>
        <dt>{charts.p95}</dt>
        <dd data-number="p95">{told(data[measure].p95)}</dd>
      </div>
      <div>
        <dt>{history.outliersTitle}</dt>
        <dd>{outliers}</dd>
      </div>
    </dl>
  );
}
