import type { Span } from "./model";

/** What a key makes of the part that is shown; null = the whole run, undefined = nothing. */
export function zoomKey(key: string, span: Span, whole: Span): Span | null | undefined {
  const length = span.to - span.from;
  const by = (from: number, to: number): Span => {
    const size = Math.min(to - from, whole.to - whole.from);
    const begin = Math.max(whole.from, Math.min(whole.to - size, from));
    return { from: begin, to: begin + size };
  };
  if (key === "ArrowLeft") return by(span.from - length / 4, span.to - length / 4);
  if (key === "ArrowRight") return by(span.from + length / 4, span.to + length / 4);
  if (key === "+" || key === "=") return by(span.from + length / 4, span.to - length / 4);
  if (key === "-") return length * 2 >= whole.to - whole.from ? null : by(span.from - length / 2, span.to + length / 2);
  return key === "0" ? null : undefined;
}
