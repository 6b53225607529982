import type { ReactNode } from "react";

import type { LogRow } from "../../services/logFeed";
import { formatClock, formatMoment } from "../../words/times";
import { piecesOf } from "./ansi";

type Props = { row: LogRow; times: boolean; query: string; isHit: boolean };

export function LogRowView({ row, times, query, isHit }: Props) {
  return (
    <>
      {times && (
        <span className="logline__time" title={row.timestamp ? formatMoment(row.timestamp) : undefined}>
          {row.timestamp && formatClock(row.timestamp)}
        </span>
      )}
      <span className="logline__level" title={row.logger || undefined}>
        {row.timestamp !== null ? row.level : ""}
      </span>
      <span className="logline__text">{query ? marked(row.text, query, isHit) : row.raw ? coloured(row.raw) : row.text}</span>
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

function marked(text: string, query: string, isHit: boolean): ReactNode[] {
  const parts: ReactNode[] = [];
  const lower = text.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(query); at >= 0; at = lower.indexOf(query, from)) {
    parts.push(text.slice(from, at));
    from = at + query.length;
    parts.push(
      <mark key={at} className={isHit ? "hit hit--now" : "hit"}>
        {text.slice(at, from)}
      </mark>,
    );
  }
  parts.push(text.slice(from));
  return parts;
}
