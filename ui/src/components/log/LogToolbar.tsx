import { ArrowDownToLine, ArrowUpToLine, CaseSensitive, ChevronDown, ChevronsUpDown, ChevronUp, CircleAlert, Clock, Download, Maximize2, Minimize2, Regex, Search, Tag, WrapText } from "lucide-react";
import type { ReactNode } from "react";

import { useSettings } from "../../hooks/useSettings";
import { useTyped } from "../../hooks/useTyped";
import { LOG_LEVELS, type LogLook } from "../../routes/task";
import { settings } from "../../services/settings";
import { words } from "../../words";
import { logWords } from "../../words/log";

/** Milliseconds without typing before the search begins. */
const PAUSE = 150;

type Props = {
  tries: ReactNode;
  look: LogLook;
  /** Changes what is given, and leaves the rest. */
  onLook: (look: LogLook) => void;
  /** null: nothing is searched for. */
  hits: { at: number; count: number; hasMore: boolean; isRunning: boolean; error: string | null } | null;
  onStep: (by: number) => void;
  sources: string[];
  /** Who writes to this log: the task, its trigger, its callbacks. */
  parts: string[];
  hasGroups: boolean;
  onFoldAll: () => void;
  isFull: boolean;
  onFull: () => void;
  /** null: the log has ended and its end is here. */
  follows: boolean | null;
  isFinished: boolean;
  hasNewer: boolean;
  onFollow: () => void;
  onStart: (() => void) | null;
  onFirstError: (() => void) | null;
  textUrl: string;
};

export function LogToolbar({ tries, look, onLook, hits, onStep, sources, parts, hasGroups, onFoldAll, isFull, onFull, follows, isFinished, hasNewer, onFollow, onStart, onFirstError, textUrl }: Props) {
  const t = words.log;
  const { wrap, times, sources: hasSources } = useSettings();
  const [text, setText] = useTyped(look.q ?? "", (typed) => onLook({ line: undefined, q: typed || undefined }), PAUSE);
  return (
    <div className="logbar" role="toolbar" aria-label={t.region}>
      {tries}
      <div className="searchbox logbar__search">
        <Search size={14} aria-hidden="true" />
        <input
          data-search
          type="search"
          className="input input--search"
          aria-label={t.search}
          placeholder={t.search}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            onStep(event.shiftKey ? -1 : 1);
          }}
        />
        <button type="button" className="logbar__how" aria-pressed={look.case ?? false} aria-label={logWords.case} title={logWords.case} onClick={() => onLook({ case: look.case ? undefined : true })}>
          <CaseSensitive size={15} />
        </button>
        <button type="button" className="logbar__how" aria-pressed={look.regexp ?? false} aria-label={logWords.pattern} title={logWords.pattern} onClick={() => onLook({ regexp: look.regexp ? undefined : true })}>
          <Regex size={13} />
        </button>
      </div>
      {hits !== null && (
        <span className="row">
          <span className="soft logbar__hits" role="status">
            {hits.error === null && logWords.hits(hits.at, hits.count, hits.hasMore, hits.isRunning)}
          </span>
          <button type="button" className="button button--plain button--icon button--small" aria-label={t.previous} disabled={hits.count === 0} onClick={() => onStep(-1)}>
            <ChevronUp size={14} />
          </button>
          <button type="button" className="button button--plain button--icon button--small" aria-label={t.next} disabled={hits.count === 0} onClick={() => onStep(1)}>
            <ChevronDown size={14} />
          </button>
        </span>
      )}
      <select className="input logbar__level" aria-label={t.level} value={look.level ?? "all"} onChange={(event) => onLook({ line: undefined, level: LOG_LEVELS.find((one) => one !== "all" && one === event.target.value) })}>
        {LOG_LEVELS.map((one) => (
          <option key={one} value={one}>
            {t.levels[one]}
          </option>
        ))}
      </select>
      {(parts.length > 1 || look.part) && (
        <select className="input logbar__level" aria-label={logWords.part} value={look.part ?? ""} onChange={(event) => onLook({ line: undefined, part: event.target.value || undefined })}>
          <option value="">{logWords.allParts}</option>
          {[...new Set([...parts, ...(look.part ? [look.part] : [])])].toSorted().map((one) => (
            <option key={one} value={one}>
              {logWords.parts[one as keyof typeof logWords.parts] ?? one}
            </option>
          ))}
        </select>
      )}
      {(sources.length > 1 || look.source) && (
        <select className="input logbar__source" aria-label={logWords.source} value={look.source ?? ""} onChange={(event) => onLook({ line: undefined, source: event.target.value || undefined })}>
          <option value="">{logWords.allSources}</option>
          {sources.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      )}
      {onFirstError && (
        <button type="button" className="button" onClick={onFirstError}>
          <CircleAlert size={14} /> {t.firstError}
        </button>
      )}
      <div className="logbar__end">
        {onStart && (
          <button type="button" className="button button--icon" aria-label={logWords.start} title={logWords.start} onClick={onStart}>
            <ArrowUpToLine size={15} />
          </button>
        )}
        {follows !== null && (
          <button type="button" className="button" aria-pressed={isFinished || hasNewer ? undefined : follows} onClick={onFollow}>
            <ArrowDownToLine size={14} /> {isFinished || hasNewer ? logWords.end : follows ? t.following : t.follow}
          </button>
        )}
        <button type="button" className="button button--icon" aria-pressed={wrap} aria-label={t.wrap} title={`${t.wrap} (w)`} onClick={() => settings.change({ wrap: !wrap })}>
          <WrapText size={15} />
        </button>
        <button type="button" className="button button--icon" aria-pressed={times} aria-label={t.times} title={`${t.times} (t)`} onClick={() => settings.change({ times: !times })}>
          <Clock size={15} />
        </button>
        <button type="button" className="button button--icon" aria-pressed={hasSources} aria-label={logWords.showSources} title={`${logWords.showSources} (s)`} onClick={() => settings.change({ sources: !hasSources })}>
          <Tag size={15} />
        </button>
        {hasGroups && (
          <button type="button" className="button button--icon" aria-label={logWords.foldAll} title={`${logWords.foldAll} (e)`} onClick={onFoldAll}>
            <ChevronsUpDown size={15} />
          </button>
        )}
        <button type="button" className="button button--icon" aria-pressed={isFull} aria-label={logWords.full} title={`${logWords.full} (f)`} onClick={onFull}>
          {isFull ? <Minimize2 size={15} /> : <Maximize2 size={15} />}
        </button>
        <a data-download className="button button--icon" href={textUrl} download aria-label={t.download} title={`${t.download} (d)`}>
          <Download size={15} />
        </a>
      </div>
    </div>
  );
}
