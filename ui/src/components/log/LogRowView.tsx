import { ChevronDown, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";

import type { LogRow } from "../../services/logFeed";
import { logWords } from "../../words/log";
import { formatClock, formatMoment } from "../../words/times";
import { piecesOf } from "./ansi";

type Props = {
  row: LogRow;
  group: { isOpen: boolean; size: number } | undefined;
  times: boolean;
  find: ((text: string) => [number, number][]) | null;
  isHit: boolean;
  onFold: (row: LogRow, isOpen: boolean) => void;
  onLine: (row: LogRow) => void;
};

export function LogRowView({ row, group, times, find, isHit, onFold, onLine }: Props) {
  const hits = find?.(row.text) ?? [];
  const text = hits.length ? marked(row.text, hits, isHit) : row.raw ? coloured(row.raw) : row.text;
  return (
    <>
      {times && row.timestamp && (
        <button type="button" className="logline__time" tabIndex={-1} title={`${formatMoment(row.timestamp)} · ${logWords.link}`} onClick={() => onLine(row)}>
          {formatClock(row.timestamp)}
        </button>
      )}
      {times && !row.timestamp && <span className="logline__time" />}
      <span className="logline__level" title={row.logger || undefined}>
        {row.timestamp !== null ? row.level : ""}
      </span>
      {group ? (
        <button type="button" className="logline__text logline__group" aria-expanded={group.isOpen} title={group.isOpen ? logWords.fold : logWords.unfold} onClick={() => onFold(row, !group.isOpen)}>
          {group.isOpen ? <ChevronDown size={13} aria-hidden="true" /> : <ChevronRight size={13} aria-hidden="true" />}
          <span>
            {text} <span className="quiet">{logWords.lines(group.size)}</span>
          </span>
        </button>
      ) : (
        <span className="logline__text">{text}</span>
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
