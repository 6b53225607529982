import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";

import { LogFeed, NO_STATUS } from "../../services/logFeed";
import type { LogAddress, LogFilter } from "../../services/logs";
import { onSight } from "../../services/sight";
import { LogSearch, NO_SEARCH } from "../../services/logSearch";

const silent = () => () => undefined;
const noStatus = () => NO_STATUS;
const noSearch = () => NO_SEARCH;

/** A log, open as long as the component is. `log` is the same object while it is the same log; `again` opens it anew after an error. */
export function useLogFeed(log: LogAddress, filter: LogFilter, start: number | undefined, again: number) {
  const [feed, setFeed] = useState<LogFeed | null>(null);
  useEffect(() => {
    const opened = new LogFeed(log, filter);
    setFeed(opened);
    opened.look(!document.hidden);
    void (start === undefined ? opened.open() : opened.jump(start));
    const unwatch = onSight((isSeen) => opened.look(isSeen));
    return () => {
      unwatch();
      opened.close();
    };
    // `start` is where it opens, not where it is.
  }, [log, filter, again]);
  const status = useSyncExternalStore(feed?.subscribe ?? silent, feed?.current ?? noStatus);
  return { feed, status };
}

/** Milliseconds between two looks at what was written since. */
const PAUSE = 300;

/** A search through the whole log; null while there is nothing to search for. `grown` tells that there may be more. */
export function useLogSearch(
  log: LogAddress,
  { q = "", case: isCaseSensitive = false, regexp: isPattern = false }: { q?: string | undefined; case?: boolean | undefined; regexp?: boolean | undefined },
  filter: LogFilter,
  grown: number,
) {
  const search = useMemo(() => (q === "" ? null : new LogSearch(log, { text: q, isCaseSensitive, isPattern }, filter)), [log, filter, q, isCaseSensitive, isPattern]);
  const begun = useRef<LogSearch | null>(null);
  useEffect(() => {
    if (!search) return;
    if (begun.current !== search) {
      begun.current = search;
      return search.go();
    }
    // What has more hits than are told is asked for more by the reader.
    if (search.current().hasMore) return;
    const timer = window.setTimeout(() => search.go(), PAUSE);
    return () => window.clearTimeout(timer);
  }, [search, grown]);
  useEffect(() => () => search?.close(), [search]);
  const status = useSyncExternalStore(search?.subscribe ?? silent, search?.current ?? noSearch);
  return { search, status };
}
