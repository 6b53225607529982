import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import { isTyping, useHotkeys } from "../../hooks/useHotkeys";
import { useSettings } from "../../hooks/useSettings";
import type { LogLook } from "../../routes/task";
import type { LogRow } from "../../services/logFeed";
import { type LogAddress, logContentsQuery, type LogFilter, logSearchUrl, logTextUrl } from "../../services/logs";
import { settings } from "../../services/settings";
import type { Cause } from "../../services/types";
import { words } from "../../words";
import { deathText } from "../../words/deaths";
import { logWords } from "../../words/log";
import { Notice, Problem, Skeleton } from "../Notice";
import { around, fold, isErrorLevel } from "./fold";
import { LogLines, type LogLinesHandle } from "./LogLines";
import { LogToolbar } from "./LogToolbar";
import { PickedBar } from "./PickedBar";
import { useLogFeed, useLogSearch } from "./useLogFeed";
import { usePicked } from "./usePicked";

const LEVELS = { all: undefined, warning: ["warning", "warn", "error", "critical", "fatal"], error: ["error", "critical", "fatal"] } as const;

type Props = {
  /** The same object while it is the same log. */
  log: LogAddress;
  isFailed: boolean;
  /** What the try died of; the log itself may not say so. */
  cause: Cause | null;
  look: LogLook;
  onLook: (look: LogLook) => void;
  /** Of two logs beside each other only the first has the keys. */
  hasKeys: boolean;
  /** What is said while it goes on, and while it is empty. */
  texts?: { live: string; empty: string };
  tries: ReactNode;
};

const ABOUT_TASK = { live: words.log.live, empty: words.log.emptyText };

/** A log: live, searched by the server, because the page and the browser have only the lines around those in sight. */
export function LogView({ log, isFailed, cause, look, onLook, hasKeys, texts = ABOUT_TASK, tries }: Props) {
  const [again, setAgain] = useState(0);
  const { wrap, times, sources } = useSettings();
  const filter = useMemo<LogFilter>(() => filterOf(look), [look.level, look.source, look.part]);
  const isChosen = Object.keys(filter).length > 0;
  const { feed, status } = useLogFeed(log, filter, look.line, again);
  const { search, status: searched } = useLogSearch(log, look, filter, status.size);
  const { data: contents } = useQuery({ ...logContentsQuery(log, status.isFinished), enabled: !status.isLoading });
  const [hit, setHit] = useState(0);
  const [follows, setFollows] = useState(look.line === undefined);
  const [chosen, setChosen] = useState<ReadonlyMap<number, boolean>>(new Map());
  /** What is wanted of all groups that nobody opened or closed; null = each as it is. */
  const [allOpen, setAllOpen] = useState<boolean | null>(null);
  const [isFull, setFull] = useState(false);
  /** The line that is shown as soon as it is there. */
  const [aim, setAim] = useState<number | null>(look.line ?? null);
  const lines = useRef<LogLinesHandle>(null);
  const anchor = useRef<LogRow | undefined>(undefined);
  const rows = feed?.rows ?? [];

  // `status.version` says when `rows`, which is changed in place, has changed.
  const { shown, groups } = useMemo(() => fold(rows, chosen, allOpen), [rows, chosen, allOpen, status.version]);
  const find = useMemo(() => finder(look), [look.q, look.case, look.regexp]);
  const hits = search?.hits ?? [];
  const hitNow = hits.length ? Math.min(hit, hits.length - 1) : 0;
  const hitAt = hits[hitNow];

  const goTo = (offset: number) => {
    setFollows(false);
    setAim(offset);
    if (feed && !feed.holds(offset)) void feed.jump(offset);
  };

  const { picked, pick, clear, isAimed } = usePicked(log, hasKeys, goTo);

  // The first hit is shown as soon as it is found.
  useEffect(() => setHit(0), [search]);
  const firstHit = hits[0];
  useEffect(() => {
    if (firstHit !== undefined) goTo(firstHit);
  }, [search, firstHit]);

  // A failed try opens at its error, any other at its end.
  const opened = useRef<typeof feed>(null);
  useEffect(() => {
    if (status.isLoading || opened.current === feed || rows.length === 0) return;
    opened.current = feed;
    if (!isFailed || look.line !== undefined || look.q || isAimed) return;
    const trouble = rows.find(isTrouble);
    if (trouble) goTo(trouble.at);
    else if (status.hasOlder) void firstError(log).then((offset) => offset !== null && opened.current === feed && goTo(offset));
  }, [status.isLoading, feed, rows.length, isFailed]);

  useLayoutEffect(() => {
    if (aim === null || !feed?.holds(aim)) return;
    const first = rows.findIndex((row) => row.at >= aim);
    if (first < 0) return;
    // Of the rows of a line, the one with the text.
    const last = rows.findIndex((row) => row.at > (rows[first]?.at ?? 0));
    const inside = rows.slice(first, last < 0 ? undefined : last).findIndex((row) => find?.(row.text).length);
    const index = first + Math.max(0, inside);
    const place = shown.indexOf(index);
    if (place >= 0) {
      setAim(null);
      lines.current?.show(place);
    } else setChosen(new Map([...chosen, ...around(rows, index).map((i) => [rows[i]?.at ?? -1, true] as const)]));
  }, [aim, shown, feed, rows, find]);

  // Lines that come in before those in sight do not move them.
  const isFollowing = follows && !status.hasNewer && !(status.isFinished && isFailed);
  useLayoutEffect(() => {
    const row = anchor.current;
    anchor.current = undefined;
    const place = row ? shown.findIndex((i) => rows[i] === row) : -1;
    if (place >= 0) lines.current?.keep(place);
    if (feed) feed.onShift = aim === null && !isFollowing ? () => (anchor.current = lines.current?.first()) : null;
  }, [shown, feed, aim, isFollowing]);
  const onEdge = (side: "older" | "newer") => {
    if (feed && aim === null) void feed.more(side);
  };

  const step = (by: number) => {
    if (!hits.length) return;
    if (by > 0 && hitNow === hits.length - 1 && searched.hasMore) return search?.go();
    const next = (hitNow + by + hits.length) % hits.length;
    setHit(next);
    goTo(hits[next] ?? 0);
  };
  const toEnd = () => {
    setFollows(true);
    if (status.hasNewer) void feed?.open();
  };
  const foldAll = () => {
    setAllOpen([...groups.values()].some((group) => !group.isOpen));
    setChosen(new Map());
  };
  const errors = Object.entries(contents?.levels ?? {}).reduce((all, [level, n]) => all + (isErrorLevel(level) ? n : 0), 0);
  useHotkeys(
    {
      w: () => settings.change({ wrap: !wrap }),
      t: () => settings.change({ times: !times }),
      s: () => settings.change({ sources: !sources }),
      e: foldAll,
      f: () => setFull(!isFull),
      "mod+ArrowUp": (event) => (isTyping(event.target) ? false : goTo(0)),
      "mod+ArrowDown": (event) => (isTyping(event.target) ? false : toEnd()),
      n: () => step(1),
      "shift+N": () => step(-1),
      d: () => document.querySelector<HTMLAnchorElement>("a[data-download]")?.click(),
      "mod+f": () => document.querySelector<HTMLInputElement>("input[data-search]")?.select(),
    },
    hasKeys,
  );
  // Before the page around the log takes the key for itself.
  useEffect(() => {
    if (!isFull) return;
    const leave = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      setFull(false);
    };
    document.addEventListener("keydown", leave, true);
    return () => document.removeEventListener("keydown", leave, true);
  }, [isFull]);

  const isEmpty = rows.length === 0;
  /** How much of the log was looked through for chosen lines. */
  const percent = Math.floor((100 * status.span) / Math.max(1, status.size));
  const lastWord = cause !== null && status.isFinished && !status.hasNewer && !rows.slice(-40).some((row) => row.text.includes(cause.text)) ? deathText(cause) : null;
  return (
    <section className={isFull ? "log log--full" : "log"} aria-label={words.log.region}>
      <LogToolbar
        tries={tries}
        look={look}
        onLook={onLook}
        hits={look.q ? { at: hitNow + 1, count: hits.length, hasMore: searched.hasMore, isRunning: searched.isRunning, error: searched.error } : null}
        onStep={step}
        sources={Object.keys(contents?.sources ?? {})}
        parts={Object.keys(contents?.parts ?? {})}
        hasGroups={groups.size > 0}
        onFoldAll={foldAll}
        isFull={isFull}
        onFull={() => setFull(!isFull)}
        follows={status.isFinished && !status.hasNewer ? null : follows && !status.hasNewer}
        isFinished={status.isFinished}
        hasNewer={status.hasNewer}
        onFollow={toEnd}
        onStart={status.hasOlder ? () => goTo(0) : null}
        onFirstError={errors > 0 ? () => void firstError(log).then((offset) => offset !== null && goTo(offset)) : null}
        textUrl={logTextUrl(log)}
      />
      {searched.error && (
        <p className="banner" role="alert">
          {searched.error}
        </p>
      )}
      {status.isLoading ? (
        <Skeleton lines={8} />
      ) : status.error && isEmpty ? (
        <Problem error={status.error} again={() => setAgain(again + 1)} />
      ) : isEmpty ? (
        isChosen ? (
          <Notice title={status.hasOlder || status.hasNewer ? logWords.looking(percent) : words.log.noMatch} small />
        ) : (
          <Notice title={status.isFinished ? words.log.noneTitle : words.log.emptyTitle} text={cause ? deathText(cause) : status.isFinished ? words.log.emptyDone : texts.empty} small />
        )
      ) : (
        <LogLines
          ref={lines}
          rows={rows}
          shown={shown}
          groups={groups}
          version={status.version}
          wrap={wrap}
          times={times}
          sources={sources}
          picked={picked}
          find={find}
          hitAt={hitAt ?? look.line ?? -1}
          follows={isFollowing}
          onFollows={setFollows}
          onFold={(row, isOpen) => setChosen(new Map([...chosen, [row.at, isOpen]]))}
          onLine={(row, extend) => void pick(row, extend)}
          onEdge={onEdge}
          hasOlder={status.hasOlder}
          hasNewer={status.hasNewer}
        />
      )}
      {picked && <PickedBar log={log} rows={rows} picked={picked} isAll={feed !== null && feed.holds(picked.from) && feed.holds(picked.to)} hasAddress={hasKeys} onClear={clear} />}
      {lastWord !== null && !isEmpty && (
        <p className="log__died">
          <strong>{logWords.died}</strong> {lastWord}
        </p>
      )}
      <div className="log__foot quiet">
        <span>
          {logWords.lines(contents?.lines ?? rows.length)}
          {errors > 0 && ` · ${logWords.level(errors, "error")}`}
          {status.hasNewer && ` · ${logWords.percent(Math.floor((100 * status.next) / Math.max(1, status.size)))}`}
          {status.isLoadingMore && ` · ${isChosen ? logWords.looking(percent) : logWords.loading}`}
        </span>
        <span role="status">{status.isLost ? words.log.lost : status.isFinished ? words.log.ended : status.isLoading ? "" : texts.live}</span>
      </div>
    </section>
  );
}

function filterOf({ level = "all", source, part }: LogLook): LogFilter {
  const levels = LEVELS[level];
  return { ...(levels && { level: levels }), ...(source && { source }), ...(part && { part }) };
}

/** Where an error with its traceback begins; when there is none, any line of that level. */
function isTrouble(row: LogRow): boolean {
  return row.isException || (isErrorLevel(row.level) && row.isFirst);
}

/** Byte offset of the first error of the whole log. */
function firstError(log: LogAddress): Promise<number | null> {
  const source = new EventSource(logSearchUrl(log, { text: "", isCaseSensitive: false, isPattern: false }, { level: LEVELS.error, limit: 1 }, 0));
  return new Promise((done) => {
    const end = (offset: number | null) => {
      source.close();
      done(offset);
    };
    source.addEventListener("hits", (event) => {
      const [first] = (JSON.parse((event as MessageEvent<string>).data) as { at: number[] }).at;
      if (first !== undefined) end(first);
    });
    source.addEventListener("end", () => end(null));
    source.onerror = () => end(null);
  });
}

/** Most hits of one line that are marked. */
const MOST_MARKS = 1_000;

/** Where in a text the hits are: begin and end of each; null when nothing is searched for. */
function finder({ q, case: isCaseSensitive, regexp }: LogLook): ((text: string) => [number, number][]) | null {
  if (!q) return null;
  try {
    const pattern = new RegExp(regexp ? q : q.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), isCaseSensitive ? "gu" : "giu");
    return (text) => {
      const found: [number, number][] = [];
      for (const one of text.matchAll(pattern)) {
        if (one[0]) found.push([one.index, one.index + one[0].length]);
        if (found.length === MOST_MARKS) break;
      }
      return found;
    };
  } catch {
    // Python's expressions know more than the browser's: the lines are found, the words in them stay unmarked.
    return () => [];
  }
}
