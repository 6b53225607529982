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

/** The innermost line of the DAG file that the traceback names. */
function lineOf(filename: string, trace: string): number | null {
  const found = [...trace.matchAll(/File "([^"]+)", line (\d+)/g)].filter(([, file]) => file === filename || file?.endsWith(`/${filename}`));
  const last = found.at(-1);
  return last ? Number(last[2]) : null;
}

/** The last line that is not indented: what went wrong, in one sentence. */
function sentenceOf(trace: string): string {
  const lines = trace.trimEnd().split("\n");
  return lines.findLast((line) => line.trim() !== "" && !line.startsWith(" ")) ?? lines.at(-1) ?? "";
}
