/** Changes to the cached states of a run on its graph. */

import { client } from "./client";
import { type Graph, type RunStates, taskIndex } from "./graph";
import type { Change } from "./types";

type InstanceChange = Change & { kind: "ti" };

/** New letters of tasks that are not mapped, at once; all else is read again soon after. */
export function setGraphStates(changes: InstanceChange[]): void {
  for (const [runKey, ofRun] of Map.groupBy(changes, (change) => JSON.stringify([change.dag_id, change.run_id]))) {
    const [dagId, runId] = JSON.parse(runKey) as [string, string];
    const key = ["run", dagId, runId, "states"];
    const states = client.getQueryData<RunStates>(key);
    if (!states) continue;
    const graph = client
      .getQueriesData<Graph>({ queryKey: ["structure", dagId, "graph"] })
      .map(([, found]) => found)
      .find((found) => found?.version_number === states.version_number);
    if (graph) client.setQueryData<RunStates>(key, withStates(states, graph, ofRun));
  }
}

function withStates(old: RunStates, graph: Graph, changes: InstanceChange[]): RunStates {
  const letters = [...old.states];
  const tries = { ...old.tries };
  const index = taskIndex(graph);
  const letterOf = new Map(Object.entries(old.codes).map(([letter, state]) => [state, letter]));
  for (const change of changes) {
    const task = index.get(change.task_id);
    const letter = letterOf.get(change.state);
    if (change.map_index >= 0 || task === undefined || letter === undefined) continue;
    letters[task] = letter;
    if (change.try_number > 1) tries[task] = change.try_number;
  }
  return { ...old, states: letters.join(""), tries };
}
