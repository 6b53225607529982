import { useQuery } from "@tanstack/react-query";

import { type InstanceKey, xcomQuery } from "../../services/instances";
import type { InstanceDetail } from "../../services/types";
import { words } from "../../words";
import { CopyButton } from "../CopyButton";
import { Moment } from "../Moment";
import { Notice, Problem, Skeleton } from "../Notice";

/** Larger values are fetched only when one asks for them, in bytes. */
const EAGER = 20_000;

export function XComTab({ at, detail: { xcoms } }: { at: InstanceKey; detail: InstanceDetail }) {
  if (xcoms.length === 0) return <Notice title={words.task.noXcoms} small />;
  return (
    <div className="rendered">
      {xcoms.map((one) => (
        <details key={one.key} open={one.size <= EAGER} className="xcom">
          <summary>
            <span className="mono xcom__key">{one.key}</span>
            <span className="quiet">
              {words.task.bytes(one.size)} · <Moment at={one.timestamp} relative />
            </span>
          </summary>
          <Value at={at} name={one.key} version={one.timestamp} />
        </details>
      ))}
    </div>
  );
}

function Value({ at, name, version }: { at: InstanceKey; name: string; version: string }) {
  const query = xcomQuery(at, name);
  const { data, error, isPending, refetch } = useQuery({ ...query, queryKey: [...query.queryKey, version] });
  if (isPending) return <Skeleton lines={2} />;
  if (error) return <Problem error={error} again={() => void refetch()} small />;
  const text = typeof data.value === "string" ? data.value : JSON.stringify(data.value, null, 2);
  return (
    <div className="xcom__value">
      <CopyButton text={text} />
      <pre className="code">{text}</pre>
    </div>
  );
}
