import { useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

import type { LogRow } from "../../services/logFeed";
import { type LogAddress, readContents } from "../../services/logs";
import { toasts } from "../../services/toasts";
import { readHash, writeHash } from "./lineHash";

/** Byte offsets of the first and last line that are marked, and how many these are; null = not known yet. */
export type Picked = { from: number; to: number; count: number | null };

/**
 * The marked lines: those that the address names by number, or that were clicked. The server knows which number a line has,
 * because the page has only a part of the log. `isMain`: of several logs on the page, the one the address speaks of.
 */
export function usePicked(log: LogAddress, isMain: boolean, onFound: (offset: number) => void) {
  const hash = useLocation({ select: (at) => at.hash });
  const navigate = useNavigate();
  const [picked, setPicked] = useState<Picked | null>(null);
  const [written, setWritten] = useState("");
  const found = useRef(onFound);
  /** What was marked last by hand. */
  const newest = useRef<Picked | null>(null);
  useEffect(() => {
    found.current = onFound;
  });

  useEffect(() => {
    const range = isMain ? readHash(hash) : null;
    if (!range || hash === written) return;
    const stop = new AbortController();
    Promise.all([range.from, range.to].map((line) => readContents(log, { line }, stop.signal)))
      .then(([first, last]) => {
        if (!first || !last || first.lines === 0) return;
        setPicked({ from: first.at, to: last.at, count: last.line - first.line + 1 });
        found.current(first.at);
      })
      .catch((error: unknown) => {
        if (!stop.signal.aborted) toasts.fail(error);
      });
    return () => stop.abort();
  }, [log, hash, isMain]);

  /** Marks a line, or with `extends` all from the marked ones to it. */
  const pick = async (row: LogRow, extend: boolean) => {
    const from = extend && picked ? Math.min(picked.from, row.at) : row.at;
    const to = extend && picked ? Math.max(picked.to, row.at) : row.at;
    const wanted: Picked = { from, to, count: null };
    newest.current = wanted;
    setPicked(wanted);
    try {
      const [first, last] = await Promise.all([from, to].map((at) => readContents(log, { at })));
      // Somebody has marked other lines, or none, in the meantime.
      if (newest.current !== wanted || !first || !last) return;
      if (isMain) {
        const next = writeHash({ from: first.line, to: last.line });
        setWritten(next);
        await navigate({ to: ".", search: true, hash: next, replace: true, hashScrollIntoView: false });
      }
      setPicked((now) => (now === wanted ? { ...wanted, count: last.line - first.line + 1 } : now));
    } catch (error) {
      toasts.fail(error);
    }
  };
  const clear = () => {
    newest.current = null;
    setPicked(null);
    setWritten("");
    if (isMain && readHash(hash)) void navigate({ to: ".", search: true, hash: "", replace: true });
  };
  return { picked, pick, clear, isAimed: isMain && readHash(hash) !== null };
}
