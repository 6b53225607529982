/** What the pictures show: of runs, and of tries of tasks. */

import type { TimelineRows } from "../../routes/history";
import type { Timeline, TimelineTasks } from "../../services/history";
import { runPlace, runsPlace, taskPlace, tasksPlace } from "../../services/places";
import { words } from "../../words";
import { history } from "../../words/history";
import { formatDuration, formatShort } from "../../words/times";
import { type Bar, barsOfRuns, barsOfTries, concurrencyOf, floorOf, type FloorRow, groupsOfDag, groupsOfTry, type Stretch } from "./model";
import { floorOfSums, type Heat, heatOfSums, stepsOfSums } from "./sums";

export type Steps = [number, number][];
export type Shown = {
  what: "runs" | "tasks";
  of: Stretch;
  by: TimelineRows;
  rows: FloorRow[];
  /** How many at once; `mean` where `steps` has the most of each bin. */
  steps: Steps;
  mean: Steps | null;
  /** One by one, or as sums. */
  dots: Bar[];
  heat: Heat[] | null;
  /** All that ran. */
  count: number;
  tell: (bar: Bar) => string;
  place: (bar: Bar) => string;
  /** The list of what a row holds; "" = there is none. */
  list: (row: FloorRow) => string;
};

export function shownRuns(data: Timeline, by: TimelineRows): Shown {
  const bars = barsOfRuns(data);
  const since = Date.parse(data.since);
  const dagOf = (bar: Bar) => data.dags[bar.dag];
  const runOf = (bar: Bar) => data.runs[bar.at]?.[1] ?? "";
  return {
    what: "runs",
    of: data,
    by,
    rows: floorOf(data, by, history.none, bars, (bar) => groupsOfDag(dagOf(bar), by)),
    steps: concurrencyOf(data, bars),
    mean: null,
    dots: bars.filter((bar) => bar.ran),
    heat: null,
    count: bars.length,
    tell: (bar) => [dagOf(bar)?.name, runOf(bar), words.taskState[bar.state], formatShort(since + bar.start), formatDuration((bar.end - bar.start) / 1000)].join(" · "),
    place: (bar) => runPlace(dagOf(bar)?.dag_id ?? "", runOf(bar)),
    list: (row) => (by === "dag" ? runsPlace({ dag: row.key, after: data.since, before: data.until }) : ""),
  };
}

export function shownTries(data: TimelineTasks, by: TimelineRows): Shown {
  const { sums } = data;
  const bars = barsOfTries(data);
  const asked = sums ? sums.by : by;
  return {
    what: "tasks",
    of: data,
    by: asked,
    rows: sums ? floorOfSums(data, sums, history.none, history.others) : floorOf(data, by, history.none, bars, (bar) => groupsOfTry(data, bar, by)),
    steps: sums ? stepsOfSums(sums, "most") : concurrencyOf(data, bars),
    mean: sums && stepsOfSums(sums, "mean"),
    dots: bars,
    heat: sums && heatOfSums(sums),
    count: sums ? sums.ran : bars.length,
    tell: (bar) => tellTry(data, bar),
    place: (bar) => {
      const [task = 0, run = 0, mapIndex = -1, tried] = data.tries[bar.at] ?? [];
      return taskPlace(data.dags[bar.dag]?.dag_id ?? "", data.runs[run] ?? "", data.tasks[task]?.[1] ?? "", mapIndex, tried);
    },
    list: (row) => {
      const [dag, task] = row.key.split("/");
      const key = { dag: { dag }, task: { dag, task }, pool: { pool: row.key }, operator: { operator: row.key }, host: { host: row.key }, tag: null, owner: null }[asked];
      return key && row.key ? tasksPlace({ ...key, started_after: data.since, started_before: data.until } as Parameters<typeof tasksPlace>[0]) : "";
    },
  };
}

function tellTry(data: TimelineTasks, bar: Bar): string {
  const line = data.tries[bar.at];
  if (!line) return "";
  const [task, run, mapIndex, tried, state, pool, host, waited, start, end] = line;
  const [, taskId = "", operator = ""] = data.tasks[task] ?? [];
  return [
    data.dags[bar.dag]?.name,
    mapIndex < 0 ? taskId : `${taskId} [${mapIndex}]`,
    data.runs[run],
    history.tried(tried),
    words.taskState[state],
    formatShort(Date.parse(data.since) + start),
    formatDuration((bar.end - bar.start) / 1000),
    end === null && history.goesOn,
    waited !== null && history.waited(formatDuration((start - waited) / 1000)),
    operator,
    data.pools[pool],
    data.hosts[host],
  ]
    .filter(Boolean)
    .join(" · ");
}
