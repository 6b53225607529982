import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";

import { useHotkeys } from "../../hooks/useHotkeys";
import { useSettings } from "../../hooks/useSettings";
import { type InstanceKey, logTextUrl } from "../../services/instances";
import type { LogRow } from "../../services/logFeed";
import { settings } from "../../services/settings";
import { words } from "../../words";
import { Notice, Problem, Skeleton } from "../Notice";
import { LogLines, type LogLinesHandle } from "./LogLines";
import { LogToolbar } from "./LogToolbar";
import { useLogFeed } from "./useLogFeed";

export type LevelFilter = "all" | "warning" | "error";
const ERRORS = new Set(["error", "critical", "fatal"]);
const WARNINGS = new Set([...ERRORS, "warning", "warn"]);

export const isErrorLevel = (level: string): boolean => ERRORS.has(level);

type Props = { at: InstanceKey; tryNumber: number; isFailed: boolean; tries: React.ReactNode };

/** The log of one try: live, searched here and not by the browser, which sees only the lines in sight. */
export function LogView({ at, tryNumber, isFailed, tries }: Props) {
  const [again, setAgain] = useState(0);
  const { feed, status } = useLogFeed(at, tryNumber, again);
  const { wrap, times } = useSettings();
  const [level, setLevel] = useState<LevelFilter>("all");
  const [text, setText] = useState("");
  const [hit, setHit] = useState(0);
  const [follows, setFollows] = useState(true);
  const lines = useRef<LogLinesHandle>(null);
  const query = useDeferredValue(text.toLowerCase());
  const rows = feed?.rows ?? [];

  // `status.version` says when `rows`, which is changed in place, has changed.
  const shown = useMemo(() => rowsShown(rows, level), [rows, level, status.version]);
  const hits = useMemo(() => hitsIn(rows, shown, query), [rows, shown, query]);
  const hitNow = hits.length ? Math.min(hit, hits.length - 1) : 0;
  const firstError = useMemo(() => shown.findIndex((row) => isTrouble(rows[row])), [rows, shown]);

  useEffect(() => {
    setHit(0);
    const first = hits[0];
    if (query && first !== undefined) show(first);
  }, [query]);

  // A failed try opens at its error, any other at its end.
  const opened = useRef<typeof feed>(null);
  useEffect(() => {
    if (status.isLoading || opened.current === feed || rows.length === 0) return;
    opened.current = feed;
    if (isFailed && firstError >= 0) show(firstError);
  }, [status.isLoading, feed, rows.length, isFailed, firstError]);

  const show = (index: number) => {
    setFollows(false);
    lines.current?.show(index);
  };
  const step = (by: number) => {
    if (!hits.length) return;
    const next = (hitNow + by + hits.length) % hits.length;
    setHit(next);
    show(hits[next] ?? 0);
  };
  const older = async (all: boolean) => {
    setFollows(false);
    const added = await feed?.older(all);
    if (added && !all) lines.current?.keep(added);
  };
  useHotkeys({
    w: () => settings.change({ wrap: !wrap }),
    t: () => settings.change({ times: !times }),
    f: () => setFollows(true),
    n: () => step(1),
    "shift+N": () => step(-1),
    "mod+f": () => document.querySelector<HTMLInputElement>("input[data-search]")?.focus(),
  });

  const isEmpty = rows.length === 0;
  return (
    <section className="log" aria-label={words.log.region}>
      <LogToolbar
        tries={tries}
        search={{ text, onText: setText, at: hitNow + 1, count: query ? hits.length : null, onStep: step }}
        level={level}
        onLevel={setLevel}
        wrap={wrap}
        times={times}
        follows={status.isFinished ? null : follows}
        onFollow={() => setFollows(true)}
        onFirstError={firstError >= 0 ? () => show(firstError) : null}
        textUrl={logTextUrl(at, tryNumber)}
      />
      {status.hasOlder && (
        <div className="log__older">
          <button type="button" className="button button--small" disabled={status.isLoadingOlder} onClick={() => void older(false)}>
            {status.isLoadingOlder ? words.log.loadingOlder : words.log.older}
          </button>
          <button type="button" className="button button--small button--plain" disabled={status.isLoadingOlder} onClick={() => void older(true)}>
            {words.log.whole}
          </button>
        </div>
      )}
      {status.isLoading ? (
        <Skeleton lines={8} />
      ) : status.error && isEmpty ? (
        <Problem error={status.error} again={() => setAgain(again + 1)} />
      ) : isEmpty ? (
        <Notice title={words.log.emptyTitle} text={status.isFinished ? words.log.emptyDone : words.log.emptyText} small />
      ) : shown.length === 0 ? (
        <Notice title={words.log.noMatch} small />
      ) : (
        <LogLines
          ref={lines}
          rows={rows}
          shown={shown}
          version={status.version}
          wrap={wrap}
          times={times}
          query={query}
          hitRow={query && hits.length ? (hits[hitNow] ?? -1) : -1}
          follows={follows && !(status.isFinished && isFailed)}
          onFollows={setFollows}
        />
      )}
      <div className="log__foot quiet">
        <span>{words.log.lines(rows.length)}</span>
        <span role="status">{status.isLost ? words.log.lost : status.isFinished ? words.log.ended : status.isLoading ? "" : words.log.live}</span>
      </div>
    </section>
  );
}

/** Where an error with its traceback begins; when there is none, any line of that level. */
function isTrouble(row: LogRow | undefined): boolean {
  return row !== undefined && (row.isException || (isErrorLevel(row.level) && row.timestamp !== null));
}

function rowsShown(rows: LogRow[], level: LevelFilter): number[] {
  const all = Array.from(rows, (_, i) => i);
  if (level === "all") return all;
  const wanted = level === "error" ? ERRORS : WARNINGS;
  return all.filter((i) => wanted.has(rows[i]?.level ?? ""));
}

/** Places in `shown` whose text has the query. */
function hitsIn(rows: LogRow[], shown: number[], query: string): number[] {
  if (!query) return [];
  const found: number[] = [];
  shown.forEach((row, i) => {
    if (rows[row]?.text.toLowerCase().includes(query)) found.push(i);
  });
  return found;
}
