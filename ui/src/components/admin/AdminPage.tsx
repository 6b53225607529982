import type { ReactNode } from "react";

import { useMay } from "../../hooks/useMay";
import { useTitle } from "../../hooks/useTitle";
import { admin } from "../../words/admin";
import { Notice, Problem, Skeleton } from "../Notice";

type Props = {
  title: string;
  /** What one must be allowed to read to be here. */
  resource: string;
  /** Beside the title: how many there are. */
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
};

/** Title, actions and content of one page; or the reason why there is nothing to see. */
export function AdminPage({ title, resource, note, actions, children }: Props) {
  useTitle(title);
  const refusal = useMay()("read", resource);
  return (
    <div className="page admin">
      <div className="dags__head admin__head">
        <h1>{title}</h1>
        <span className="quiet grow" aria-live="polite">
          {note}
        </span>
        {refusal === undefined && actions}
      </div>
      {refusal === undefined ? children : <Notice title={admin.forbidden} text={refusal} />}
    </div>
  );
}

type Read = { data: unknown; error: Error | null; refetch: () => unknown };

/** What a page shows while it has no data: that it is coming, or what went wrong. */
export function Loaded({ of: { data, error, refetch }, children }: { of: Read; children: ReactNode }) {
  if (data !== undefined) return children;
  return error ? <Problem error={error} again={() => void refetch()} /> : <Skeleton lines={8} />;
}
