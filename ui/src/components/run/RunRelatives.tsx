import { useQuery } from "@tanstack/react-query";

import { runPlace, taskPlace } from "../../services/places";
import { type LinkedRun, runLinksQuery } from "../../services/runs";
import { runWords } from "../../words/run";
import { Moment } from "../Moment";
import { Unread } from "../Notice";
import { PlainLink } from "../PlainLink";
import { StateIcon, stateText } from "../StateIcon";

/** The runs whose tasks started this one, and those that its tasks started. Nothing where there are none. */
export function RunRelatives({ dagId, runId }: { dagId: string; runId: string }) {
  const read = useQuery(runLinksQuery(dagId, runId));
  const { data } = read;
  if (!data) return <Unread of={read} />;
  return (
    <>
      <Relatives title={runWords.parents} runs={data.parents} taskOf={(one) => [one.dag_id, one.run_id]} />
      <Relatives title={runWords.children} runs={data.children} taskOf={() => [dagId, runId]} />
    </>
  );
}

type Props = { title: string; runs: LinkedRun[]; taskOf: (one: LinkedRun) => [dagId: string, runId: string] };

function Relatives({ title, runs, taskOf }: Props) {
  if (runs.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul className="runevents">
        {runs.map((one) => (
          <li key={`${one.dag_id} ${one.run_id} ${one.task_id} ${one.map_index}`} className="runlink">
            <StateIcon state={one.state} round /> <span className="sr-only">{stateText(one.state)}</span>
            <span>
              <PlainLink href={runPlace(one.dag_id, one.run_id)}>
                <strong>{one.dag_display_name}</strong> {one.run_id}
              </PlainLink>
              <br />
              <span className="quiet">
                {runWords.task}{" "}
                <PlainLink href={taskPlace(...taskOf(one), one.task_id, one.map_index)}>
                  {one.task_id}
                  {one.map_index >= 0 && ` [${one.map_index}]`}
                </PlainLink>{" "}
                · <Moment at={one.at} relative />
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
