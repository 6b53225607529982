import { CircleAlert, Wind } from "lucide-react";
import type { ReactNode } from "react";

import { words } from "../words";

/** What a view shows when it has nothing else to show. */
export function Notice({ title, text, small = false, children }: { title: string; text?: ReactNode; small?: boolean; children?: ReactNode }) {
  return (
    <div className={small ? "notice notice--small" : "notice"}>
      <Wind className="notice__mark" size={small ? 20 : 28} strokeWidth={1.5} aria-hidden="true" />
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}

/** What went wrong, and a way to try again. */
export function Problem({ error, again, small = false }: { error: Error; again?: () => void; small?: boolean }) {
  return (
    <div className={small ? "notice notice--small" : "notice"} role="alert">
      <CircleAlert className="notice__mark" size={small ? 20 : 28} strokeWidth={1.5} aria-hidden="true" />
      <h2>{words.problem.title}</h2>
      <p>{error.message}</p>
      {again && (
        <button type="button" className="button" onClick={again}>
          {words.common.again}
        </button>
      )}
    </div>
  );
}

/** In the place of a part that could not be read, while the rest of the page is there. Nothing where it could. */
export function Unread({ of }: { of: { data: unknown; error: Error | null; refetch: () => unknown } }) {
  if (!of.error || of.data !== undefined) return null;
  return (
    <p className="banner" role="alert">
      <CircleAlert size={16} aria-hidden="true" />
      <span className="grow">
        {words.problem.title}: {of.error.message}
      </span>
      <button type="button" className="button button--small" onClick={() => void of.refetch()}>
        {words.common.again}
      </button>
    </p>
  );
}

/** Grey bars in the shape of what is coming. */
export function Skeleton({ lines = 6 }: { lines?: number }) {
  const widths = [72, 54, 88, 40, 66, 80, 48, 92];
  return (
    <div className="skeletons" role="status" aria-label={words.common.loading}>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className="skeleton" style={{ width: `${widths[i % widths.length]}%` }} />
      ))}
    </div>
  );
}
