import { useQueries, useQuery } from "@tanstack/react-query";
import { ScrollText } from "lucide-react";

import { callbacksLog, logContentsQuery, watchersQuery } from "../../services/logs";
import { callbacksPlace, watcherPlace } from "../../services/places";
import { logWords } from "../../words/log";
import { PlainLink } from "../PlainLink";

/** The way to the log of the run's callbacks, when there is one. */
export function CallbacksLink({ dagId, runId }: { dagId: string; runId: string }) {
  const { data } = useQuery(logContentsQuery(callbacksLog(dagId, runId), true));
  if (!data?.size) return null;
  return (
    <PlainLink className="button button--small" href={callbacksPlace(dagId, runId)}>
      <ScrollText size={13} /> {logWords.openCallbacks}
    </PlainLink>
  );
}

/** Ways to the logs of the watchers of these DAGs; with `asset` (a URI) only of those of this asset, each once. */
export function WatcherLinks({ dagIds, asset }: { dagIds: readonly string[]; asset?: string }) {
  const answers = useQueries({ queries: dagIds.map(watchersQuery) });
  const found = dagIds.flatMap((dagId, i) => (answers[i]?.data ?? []).map((one) => ({ ...one, dagId }))).filter((one) => asset === undefined || one.asset_uri === asset);
  const once = [...new Map(found.map((one) => [`${one.asset_uri}\0${one.name}`, one])).values()];
  if (once.length === 0) return null;
  return (
    <nav className="row" aria-label={logWords.watchers}>
      {once.map((one) => (
        <PlainLink key={`${one.dagId}\0${one.asset_uri}\0${one.name}`} className="button button--small" href={watcherPlace(one.dagId, one.name, one.asset_uri)} title={`${one.classpath} · ${one.asset_name}`}>
          <ScrollText size={13} /> {logWords.watcher(one.name)}
        </PlainLink>
      ))}
    </nav>
  );
}
