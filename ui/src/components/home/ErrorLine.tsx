import type { FailedRun } from "../../services/home";
import { taskPlace } from "../../services/places";
import { home } from "../../words/home";
import { PlainLink } from "../PlainLink";

/** The task of a run that failed first, and the first line of what it died of. */
export function ErrorLine({ run }: { run: FailedRun }) {
  const { first } = run;
  if (first === null) return <span className="trouble__error quiet">{run.reason || home.noError}</span>;
  return (
    <span className="trouble__error">
      <PlainLink href={taskPlace(run.dag_id, run.run_id, first.task_id, first.map_index)}>
        {first.task_id}
        {first.map_index >= 0 && ` [${first.map_index}]`}
      </PlainLink>{" "}
      <code>{first.error ?? home.unknownError}</code>
    </span>
  );
}
