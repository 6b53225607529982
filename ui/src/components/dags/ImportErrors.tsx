import { useQuery } from "@tanstack/react-query";
import { FileWarning } from "lucide-react";

import { importErrorsQuery } from "../../services/dags";
import type { ImportError } from "../../services/types";
import { words } from "../../words";
import { Dialog } from "../Dialog";
import { Moment } from "../Moment";
import { Notice, Problem, Skeleton } from "../Notice";

/** A line that says how many files are broken, and the list of them behind it. */
export function ImportErrors({ count, isOpen, onOpen }: { count: number; isOpen: boolean; onOpen: (open: boolean) => void }) {
  return (
    <>
      {count > 0 && (
        <div className="banner" role="status">
          <FileWarning size={16} aria-hidden="true" />
          <span className="grow">{words.importErrors.banner(count)}</span>
          <button type="button" className="button button--small" onClick={() => onOpen(true)}>
            {words.importErrors.open}
          </button>
        </div>
      )}
      {isOpen && <List onClose={() => onOpen(false)} />}
    </>
  );
}

function List({ onClose }: { onClose: () => void }) {
  const { data, error, isPending } = useQuery(importErrorsQuery);
  return (
    <Dialog title={words.importErrors.title} onClose={onClose} wide>
      {isPending ? <Skeleton lines={4} /> : error ? <Problem error={error} small /> : data.import_errors.length === 0 && <Notice title={words.importErrors.none} small />}
      {data?.import_errors.map((one) => (
        <OneError key={one.import_error_id} error={one} />
      ))}
    </Dialog>
  );
}

export function OneError({ error }: { error: Pick<ImportError, "filename" | "timestamp" | "stack_trace"> }) {
  const line = lineOf(error.filename, error.stack_trace);
  const place = line === null ? error.filename : `${error.filename}, ${words.importErrors.line(line)}`;
  return (
    <article className="importerror">
      <div className="row">
        <code className="grow importerror__file">{place}</code>
        <span className="quiet">
          <Moment at={error.timestamp} relative />
        </span>
      </div>
      <p className="importerror__sentence">{sentenceOf(error.stack_trace)}</p>
      <details>
        <summary>{words.importErrors.traceback}</summary>
        <pre className="code">{error.stack_trace}</pre>
      </details>
    </article>
  );
}

/** The first line of an error is `file:line: sentence`; the traceback stands below it. */
const FIRST = /^(.+?):(?:(\d+):)? (.*)$/;

function lineOf(filename: string, trace: string): number | null {
  const [, file, line] = FIRST.exec(trace.split("\n", 1)[0] ?? "") ?? [];
  return line && file && (filename === file || filename.endsWith(`/${file}`)) ? Number(line) : null;
}

function sentenceOf(trace: string): string {
  const first = trace.split("\n", 1)[0] ?? "";
  return FIRST.exec(first)?.[3] ?? first;
}
