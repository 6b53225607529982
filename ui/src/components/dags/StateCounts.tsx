import { runsPlace } from "../../services/places";
import type { RunState } from "../../services/types";
import { words } from "../../words";
import { lists } from "../../words/lists";
import { PlainLink } from "../PlainLink";
import { StateIcon } from "../StateIcon";

const ORDER: RunState[] = ["failed", "running", "queued", "success"];

/** How many runs a DAG has in each state; a number leads to these runs. */
export function StateCounts({ dagId, counts }: { dagId: string; counts: Partial<Record<RunState, number>> }) {
  return (
    <span className="statecounts">
      {ORDER.filter((state) => counts[state]).map((state) => {
        const text = lists.countOf(counts[state] ?? 0, words.runState[state]);
        return (
          <PlainLink key={state} href={runsPlace({ dag: dagId, states: [state] })} className="statecounts__one" data-state={state} aria-label={text} title={text}>
            <StateIcon state={state} round />
            {counts[state]?.toLocaleString(words.locale)}
          </PlainLink>
        );
      })}
    </span>
  );
}
