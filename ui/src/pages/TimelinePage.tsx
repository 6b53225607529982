import "../styles/charts.css";
import "../styles/dags.css";
import "../styles/history.css";

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { Problem, Skeleton } from "../components/Notice";
import { Controls } from "../components/timeline/Controls";
import { Pictures } from "../components/timeline/Pictures";
import { type Shown, shownRuns, shownTries } from "../components/timeline/shown";
import { stretch } from "../components/timeline/stretch";
import { useMay } from "../hooks/useMay";
import { useTitle } from "../hooks/useTitle";
import { RUN_ROWS, type TimelineRows } from "../routes/history";
import { timelineQuery, timelineTasksQuery } from "../services/history";
import { history } from "../words/history";
import { formatShort } from "../words/times";

/** All runs, or all tries of tasks, of a stretch of time, and the runs that are planned. */
export function TimelinePage() {
  useTitle(history.timeline);
  const search = useSearch({ from: "/layout/timeline" });
  const navigate = useNavigate({ from: "/timeline" });
  const may = useMay();
  // Without an address of its own the stretch is that of the moment at which the page was opened.
  const [opened] = useState(() => stretch(24, Date.now()));
  const [since, until] = search.since && search.until ? [Date.parse(search.since), Date.parse(search.until)] : opened;
  const mayNot = { runs: may("read", "DAG Runs"), tasks: may("read", "Task Instances") };
  const show = search.show === "tasks" ? (mayNot.tasks && !mayNot.runs ? "runs" : "tasks") : mayNot.runs && !mayNot.tasks ? "tasks" : "runs";
  const wanted = search.rows ?? "dag";
  const by: TimelineRows = show === "tasks" || RUN_ROWS.some((one) => one === wanted) ? wanted : "dag";
  const go = (from: number, to: number) => void navigate({ search: { ...search, since: new Date(from).toISOString(), until: new Date(to).toISOString() } });
  const { shown, more, error, isOld, again } = useShown(show, since, until, by);
  return (
    <div className="page history">
      <div className="dags__head">
        <h1>{history.timeline}</h1>
        <span className="quiet" aria-live="polite">
          {shown && history.counted[shown.what](shown.count)} · {formatShort(since)} – {formatShort(until)}
        </span>
      </div>
      <Controls
        since={since}
        until={until}
        show={show}
        by={by}
        mayNot={mayNot}
        onStretch={go}
        onShow={(one) => void navigate({ search: { ...search, show: one === "tasks" ? one : undefined } })}
        onRows={(one) => void navigate({ search: { ...search, rows: one === "dag" ? undefined : one } })}
      />
      {error && !shown ? (
        <Problem error={error} again={again} />
      ) : !shown ? (
        <Skeleton lines={10} />
      ) : (
        <div aria-busy={isOld} className="timeline">
          {more && <p className="banner banner--warn">{history.more}</p>}
          <Pictures shown={shown} onBrush={go} />
        </div>
      )}
    </div>
  );
}

type Found = { shown: Shown | undefined; more: boolean; error: Error | null; isOld: boolean; again: () => void };

function useShown(show: "runs" | "tasks", since: number, until: number, by: TimelineRows): Found {
  const from = new Date(since).toISOString();
  const to = new Date(until).toISOString();
  const runs = useQuery({ ...timelineQuery(from, to), enabled: show === "runs" });
  const tasks = useQuery({ ...timelineTasksQuery(from, to, by), enabled: show === "tasks" });
  const found = show === "runs" ? runs : tasks;
  const shown = useMemo(
    () => (show === "tasks" ? tasks.data && shownTries(tasks.data, by) : runs.data && shownRuns(runs.data, by)),
    [show, tasks.data, runs.data, by],
  );
  const more = show === "runs" && (runs.data?.more ?? false);
  return { shown, more, error: found.error, isOld: found.isPlaceholderData, again: () => void found.refetch() };
}
