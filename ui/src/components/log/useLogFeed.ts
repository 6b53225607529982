import { useEffect, useState, useSyncExternalStore } from "react";

import type { InstanceKey } from "../../services/instances";
import { LogFeed, type LogStatus } from "../../services/logFeed";

const NOTHING: LogStatus = { version: 0, isLoading: true, isLoadingOlder: false, isFinished: false, isLost: false, error: null, hasOlder: false };
const silent = () => () => undefined;
const nothing = () => NOTHING;

/** The log of one try, open as long as the component is. `again` opens it anew after an error. */
export function useLogFeed({ dagId, runId, taskId, mapIndex }: InstanceKey, tryNumber: number, again: number) {
  const [feed, setFeed] = useState<LogFeed | null>(null);
  useEffect(() => {
    const opened = new LogFeed({ dagId, runId, taskId, mapIndex }, tryNumber);
    setFeed(opened);
    void opened.open();
    return () => opened.close();
  }, [dagId, runId, taskId, mapIndex, tryNumber, again]);
  const status = useSyncExternalStore(feed?.subscribe ?? silent, feed?.current ?? nothing);
  return { feed, status };
}
