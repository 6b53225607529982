import { ArrowDownToLine, ChevronDown, ChevronUp, CircleAlert, Clock, Download, Search, WrapText } from "lucide-react";
import type { ReactNode } from "react";

import { settings } from "../../services/settings";
import { words } from "../../words";
import type { LevelFilter } from "./LogView";

type Props = {
  tries: ReactNode;
  search: { text: string; onText: (text: string) => void; at: number; count: number | null; onStep: (by: number) => void };
  level: LevelFilter;
  onLevel: (level: LevelFilter) => void;
  wrap: boolean;
  times: boolean;
  /** null: the log has ended. */
  follows: boolean | null;
  onFollow: () => void;
  onFirstError: (() => void) | null;
  textUrl: string;
};

export function LogToolbar({ tries, search, level, onLevel, wrap, times, follows, onFollow, onFirstError, textUrl }: Props) {
  const t = words.log;
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
          value={search.text}
          onChange={(event) => search.onText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            search.onStep(event.shiftKey ? -1 : 1);
          }}
        />
      </div>
      {search.count !== null && (
        <span className="row">
          <span className="soft logbar__hits" role="status">
            {t.found(search.at, search.count)}
          </span>
          <button type="button" className="button button--plain button--icon button--small" aria-label={t.previous} disabled={search.count === 0} onClick={() => search.onStep(-1)}>
            <ChevronUp size={14} />
          </button>
          <button type="button" className="button button--plain button--icon button--small" aria-label={t.next} disabled={search.count === 0} onClick={() => search.onStep(1)}>
            <ChevronDown size={14} />
          </button>
        </span>
      )}
      <select className="input logbar__level" aria-label={t.level} value={level} onChange={(event) => onLevel(event.target.value as LevelFilter)}>
        {(["all", "warning", "error"] as const).map((one) => (
          <option key={one} value={one}>
            {t.levels[one]}
          </option>
        ))}
      </select>
      {onFirstError && (
        <button type="button" className="button" onClick={onFirstError}>
          <CircleAlert size={14} /> {t.firstError}
        </button>
      )}
      <span className="grow" />
      {follows !== null && (
        <button type="button" className="button" aria-pressed={follows} onClick={onFollow}>
          <ArrowDownToLine size={14} /> {follows ? t.following : t.follow}
        </button>
      )}
      <button type="button" className="button button--icon" aria-pressed={wrap} aria-label={t.wrap} title={`${t.wrap} (w)`} onClick={() => settings.change({ wrap: !wrap })}>
        <WrapText size={15} />
      </button>
      <button type="button" className="button button--icon" aria-pressed={times} aria-label={t.times} title={`${t.times} (t)`} onClick={() => settings.change({ times: !times })}>
        <Clock size={15} />
      </button>
      <a className="button button--icon" href={textUrl} download aria-label={t.download} title={t.download}>
        <Download size={15} />
      </a>
    </div>
  );
}
