import type { FailedRun } from "../../services/home";
import { taskPlace } from "../../services/places";
import { deathText } from "../../words/deaths";
import { home } from "../../words/home";
import { runReason } from "../../words/run";
import { PlainLink } from "../PlainLink";

/** The task of a run that failed first, and the first line of what it died of. */
export function ErrorLine({ run }: { run: FailedRun }) {
  const { first } = run;
  if (first === null) return <span className="trouble__error quiet">{run.reason ? runReason(run.reason) : home.noError}</span>;
  return (
    <span className="trouble__error">
      <PlainLink href={taskPlace(run.dag_id, run.run_id, first.task_id, first.map_index)}>
        {first.task_id}
        {first.map_index >= 0 && ` [${first.map_index}]`}
      </PlainLink>{" "}
      {first.cause ? deathText(first.cause) : first.error ? <code>{first.error}</code> : home.unknownError}
    </span>
  );
}
