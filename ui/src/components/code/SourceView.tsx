import { memo, useEffect, useMemo, useRef, useState } from "react";

import { codeWords } from "../../words/code";
import { type DiffLine, diffLines, folded } from "./diff";
import { highlight, type Token } from "./python";

const Tokens = memo(({ tokens }: { tokens: Token[] }) => (
  <>
    {tokens.map((token, i) =>
      token.kind === "plain" ? (
        token.text
      ) : (
        <span key={i} className={`py-${token.kind}`}>
          {token.text}
        </span>
      ),
    )}
  </>
));

/** The source with line numbers; `marked`: lines with an error. */
export function SourceView({ source, marked }: { source: string; marked: ReadonlySet<number> }) {
  const lines = useMemo(() => highlight(source), [source]);
  const first = useRef<HTMLDivElement>(null);
  const firstMarked = Math.min(...marked);
  useEffect(() => first.current?.scrollIntoView({ block: "center" }), [source, firstMarked]);
  return (
    <div className="source" role="region" aria-label={codeWords.title} tabIndex={0}>
      {lines.map((tokens, i) => (
        <div key={i} ref={i + 1 === firstMarked ? first : undefined} className={marked.has(i + 1) ? "source__line source__line--bad" : "source__line"} data-line={i + 1}>
          <Number at={i + 1} />
          <code>
            <Tokens tokens={tokens} />
          </code>
        </div>
      ))}
    </div>
  );
}

/** Numbers stand in CSS, so that copied text has none. */
function Number({ at }: { at: number | null }) {
  return <span className="source__number" data-number={at ?? ""} aria-hidden="true" />;
}

/** What changed from one source to the other. */
export function DiffView({ before, after }: { before: string; after: string }) {
  const lines = useMemo(() => diffLines(before, after), [before, after]);
  const [old, fresh] = useMemo(() => [highlight(before), highlight(after)], [before, after]);
  const parts = useMemo(() => folded(lines), [lines]);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const count = (kind: DiffLine["kind"]) => lines.filter((line) => line.kind === kind).length;
  if (count("same") === lines.length) return <p className="banner banner--warn">{codeWords.same}</p>;
  return (
    <>
      <p className="soft" role="status">
        {codeWords.changed(count("in"), count("out"))}
      </p>
      <div className="source" role="region" aria-label={codeWords.compare} tabIndex={0}>
        {parts.map((part, i) =>
          part.kind === "folded" && !open.has(i) ? (
            <button key={i} type="button" className="source__fold" onClick={() => setOpen(new Set([...open, i]))}>
              {codeWords.foldedLines(part.lines.length)}
            </button>
          ) : (
            part.lines.map((line) => (
              <div key={`${line.old} ${line.new}`} className={`source__line source__line--${line.kind}`}>
                <Number at={line.old} />
                <Number at={line.new} />
                <span className="source__sign">
                  {line.kind === "in" ? "+" : line.kind === "out" ? "−" : " "}
                  {line.kind !== "same" && <span className="sr-only">{line.kind === "in" ? codeWords.added : codeWords.removed}</span>}
                </span>
                <code>
                  <Tokens tokens={(line.new === null ? old[(line.old ?? 1) - 1] : fresh[line.new - 1]) ?? []} />
                </code>
              </div>
            ))
          ),
        )}
      </div>
    </>
  );
}
