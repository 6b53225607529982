import { useEffect, useMemo, useState, useSyncExternalStore } from "react";

import type { InstanceKey, LogFilter } from "../../services/instances";
import { LogFeed, NO_STATUS } from "../../services/logFeed";
import { LogSearch, NO_SEARCH } from "../../services/logSearch";

const silent = () => () => undefined;
const noStatus = () => NO_STATUS;
const noSearch = () => NO_SEARCH;

/** The log of one try, open as long as the component is. `again` opens it anew after an error. */
export function useLogFeed({ dagId, runId, taskId, mapIndex }: InstanceKey, tryNumber: number, filter: LogFilter, start: number | undefined, again: number) {
  const [feed, setFeed] = useState<LogFeed | null>(null);
  const wanted = JSON.stringify(filter);
  useEffect(() => {
    const opened = new LogFeed({ dagId, runId, taskId, mapIndex }, tryNumber, JSON.parse(wanted) as LogFilter);
    setFeed(opened);
    void (start === undefined ? opened.open() : opened.jump(start));
    return () => opened.close();
    // `start` is where it opens, not where it is.
  }, [dagId, runId, taskId, mapIndex, tryNumber, wanted, again]);
  const status = useSyncExternalStore(feed?.subscribe ?? silent, feed?.current ?? noStatus);
  return { feed, status };
}

/** Milliseconds between two looks at what was written since. */
const PAUSE = 300;

/** A search through the whole log; null while there is nothing to search for. `grown` tells that there may be more. */
export function useLogSearch(
  { dagId, runId, taskId, mapIndex }: InstanceKey,
  tryNumber: number,
  { q = "", case: isCaseSensitive = false, regexp: isPattern = false }: { q?: string | undefined; case?: boolean | undefined; regexp?: boolean | undefined },
  filter: LogFilter,
  grown: number,
) {
  const wanted = JSON.stringify(filter);
  const search = useMemo(
    () =>
      q === ""
        ? null
        : new LogSearch({ dagId, runId, taskId, mapIndex }, tryNumber, { text: q, isCaseSensitive, isPattern }, JSON.parse(wanted) as LogFilter),
    [dagId, runId, taskId, mapIndex, tryNumber, q, isCaseSensitive, isPattern, wanted],
  );
  useEffect(() => {
    if (!search) return;
    const timer = window.setTimeout(() => search.go(), PAUSE);
    return () => window.clearTimeout(timer);
  }, [search, grown]);
  useEffect(() => () => search?.close(), [search]);
  const status = useSyncExternalStore(search?.subscribe ?? silent, search?.current ?? noSearch);
  return { search, status };
}
