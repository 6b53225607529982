import "../styles/task.css";
import "../styles/log.css";

import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";

import { LogView } from "../components/log/LogView";
import { useTitle } from "../hooks/useTitle";
import type { OtherLogSearch } from "../routes/logs";
import { callbacksLog, type LogAddress, watcherLog } from "../services/logs";
import { logWords } from "../words/log";

/** What callbacks of a run said that belongs to no task. */
export function CallbacksPage() {
  const { dagId, runId } = useParams({ from: "/layout/dags/$dagId/runs/$runId/callbacks" });
  const search = useSearch({ from: "/layout/dags/$dagId/runs/$runId/callbacks" });
  const log = useMemo(() => callbacksLog(dagId, runId), [dagId, runId]);
  useTitle(`${logWords.callbacks} · ${dagId}`);
  return <OtherLog title={logWords.callbacks} log={log} search={search} texts={{ live: logWords.callbacksLive, empty: logWords.callbacksEmpty }} />;
}

/** What a watcher of an asset that the DAG listens to said. */
export function WatcherPage() {
  const { dagId, name } = useParams({ from: "/layout/dags/$dagId/watchers/$name" });
  const search = useSearch({ from: "/layout/dags/$dagId/watchers/$name" });
  const log = useMemo(() => watcherLog(dagId, name, search.asset), [dagId, name, search.asset]);
  useTitle(`${logWords.watcher(name)} · ${dagId}`);
  return <OtherLog title={logWords.watcher(name)} log={log} search={search} texts={{ live: logWords.watcherLive, empty: logWords.watcherEmpty }} />;
}

function OtherLog({ title, log, search, texts }: { title: string; log: LogAddress; search: OtherLogSearch; texts: { live: string; empty: string } }) {
  const navigate = useNavigate();
  return (
    <div className="taskpage">
      <div className="taskpage__main">
        <header className="taskheader">
          <h1 className="grow truncate">{title}</h1>
        </header>
        <LogView
          key={log.base}
          log={log}
          isFailed={false}
          cause={null}
          look={search}
          onLook={(part) => void navigate({ to: ".", search: (old: object) => ({ ...old, ...part }), hash: true, replace: true })}
          hasKeys
          texts={texts}
          tries={null}
        />
      </div>
    </div>
  );
}
