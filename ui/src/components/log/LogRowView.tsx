import { ChevronDown, ChevronRight, Link2 } from "lucide-react";
import { type ReactNode, useState } from "react";

import type { LogRow } from "../../services/logFeed";
import { logWords } from "../../words/log";
import { formatClock, formatMoment } from "../../words/times";
import { piecesOf } from "./ansi";

type Props = {
  row: LogRow;
  group: { isOpen: boolean; size: number } | undefined;
  times: boolean;
  sources: boolean;
  find: ((text: string) => [number, number][]) | null;
  isHit: boolean;
  onFold: (row: LogRow, isOpen: boolean) => void;
  onLine: (row: LogRow, extend: boolean) => void;
};

/** Characters of a line that are shown at once: browsers take seconds to lay out a line of a million. */
const SHOWN = 10_000;

export function LogRowView({ row, group, times, sources, find, isHit, onFold, onLine }: Props) {
  const [page, setPage] = useState<number | null>(null);
  const all = find?.(row.text) ?? [];
  const pages = Math.ceil(row.text.length / SHOWN);
  // A long line stands open where the first hit is, until somebody goes on from there.
  const at = Math.min(page ?? Math.floor((all[0]?.[0] ?? 0) / SHOWN), Math.max(0, pages - 1));
  const begin = at * SHOWN;
  const part = pages > 1 ? row.text.slice(begin, begin + SHOWN) : row.text;
  const hits = all.flatMap(([from, to]): [number, number][] => (to > begin && from < begin + SHOWN ? [[Math.max(0, from - begin), to - begin]] : []));
  const text = hits.length ? marked(part, hits, isHit) : row.raw && pages <= 1 ? coloured(row.raw) : part;
  return (
    <>
      {row.isFirst ? (
        <button
          type="button"
          className={times ? "logline__time" : "logline__time logline__time--none"}
          tabIndex={-1}
          aria-label={times && row.timestamp ? undefined : logWords.link}
          title={row.timestamp ? `${formatMoment(row.timestamp)} · ${logWords.link}` : logWords.link}
          onClick={(event) => onLine(row, event.shiftKey)}
        >
          {times && row.timestamp ? formatClock(row.timestamp) : <Link2 size={11} aria-hidden="true" />}
        </button>
      ) : (
        <span className={times ? "logline__time" : "logline__time logline__time--none"} />
      )}
      <span className="logline__level" title={row.logger || undefined}>
        {row.isFirst ? row.level : ""}
      </span>
      {sources && <span className="logline__source">{row.isFirst && [row.logger, row.code].filter(Boolean).join(" ")}</span>}
      {group ? (
        <button type="button" className="logline__text logline__group" aria-expanded={group.isOpen} title={group.isOpen ? logWords.fold : logWords.unfold} onClick={() => onFold(row, !group.isOpen)}>
          {group.isOpen ? <ChevronDown size={13} aria-hidden="true" /> : <ChevronRight size={13} aria-hidden="true" />}
          <span>
            {text} <span className="quiet">{logWords.lines(group.size)}</span>
          </span>
        </button>
      ) : (
        <span className="logline__text">
          {text}
          {pages > 1 && (
            <span className="logline__more">
              {logWords.characters(begin, Math.min(begin + SHOWN, row.text.length), row.text.length)}
              <button type="button" className="button button--plain button--small" disabled={at === 0} onClick={() => setPage(at - 1)}>
                {logWords.before}
              </button>
              <button type="button" className="button button--plain button--small" disabled={at === pages - 1} onClick={() => setPage(at + 1)}>
                {logWords.after}
              </button>
            </span>
          )}
        </span>
      )}
    </>
  );
}

function coloured(raw: string): ReactNode[] {
  return piecesOf(raw).map((piece, i) =>
    piece.className ? (
      <span key={i} className={piece.className}>
        {piece.text}
      </span>
    ) : (
      piece.text
    ),
  );
}

function marked(text: string, hits: [number, number][], isHit: boolean): ReactNode[] {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const [start, end] of hits) {
    parts.push(text.slice(from, start));
    parts.push(
      <mark key={start} className={isHit ? "hit hit--now" : "hit"}>
        {text.slice(start, end)}
      </mark>,
    );
    from = end;
  }
  parts.push(text.slice(from));
  return parts;
}
