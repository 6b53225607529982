import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { get, path, withQuery } from "../../services/http";
import type { RunState } from "../../services/types";
import { words } from "../../words";
import { graphWords } from "../../words/graph";
import { formatMoment } from "../../words/times";
import { Dialog } from "../Dialog";
import { SearchField } from "../lists/SearchField";
import { StateIcon } from "../StateIcon";

type Found = { dag_run_id: string; state: RunState; logical_date: string | null; run_after: string };

/** Runs that are listed at once; more letters find the others. */
const SHOWN = 30;

/** Chooses any run of the DAG, by a part of its name; newest first. */
export function FindRun({ dagId, onChoose, onClose }: { dagId: string; onChoose: (runId: string) => void; onClose: () => void }) {
  const [text, setText] = useState("");
  const { data, error } = useQuery({
    queryKey: ["runs", dagId, "named", text],
    queryFn: ({ signal }) => get<{ dag_runs: Found[] }>(withQuery(path`/api/v2/dags/${dagId}/dagRuns`, { run_id_pattern: text, order_by: "-run_after", limit: SHOWN }), signal),
    placeholderData: keepPreviousData,
  });
  return (
    <Dialog title={graphWords.findRun} onClose={onClose}>
      <SearchField label={graphWords.runName} value={text} onChange={setText} main={false} />
      {error && <p role="alert">{error.message}</p>}
      <ul className="findrun">
        {data?.dag_runs.map((run) => (
          <li key={run.dag_run_id}>
            <button type="button" className="findrun__one" onClick={() => onChoose(run.dag_run_id)}>
              <StateIcon state={run.state} round />
              <span className="mono truncate">{run.dag_run_id}</span>
              <span className="quiet">
                {words.runState[run.state]} · {formatMoment(run.logical_date ?? run.run_after)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {data?.dag_runs.length === 0 && <p className="quiet">{graphWords.noSuchRun}</p>}
    </Dialog>
  );
}
