import "../../styles/assets.css";

import { useQuery } from "@tanstack/react-query";
import { Circle, CircleCheck } from "lucide-react";
import { useState } from "react";

import { useMay } from "../../hooks/useMay";
import { clearQueue, nextRunQuery, type Part, partitionQuery, partitionsQuery } from "../../services/assets";
import { client } from "../../services/client";
import { HttpError } from "../../services/http";
import { assetWords } from "../../words/assets";
import { Moment } from "../Moment";
import { Problem, Skeleton } from "../Notice";
import { PlainLink } from "../PlainLink";
import { Confirm } from "../run/Confirm";

/** What the next run of a DAG waits for, with a tick at what came; nothing for a DAG without a schedule on assets. */
export function NextRun({ dagId }: { dagId: string }) {
  const { data, error, refetch } = useQuery(nextRunQuery(dagId));
  const [isClearing, setClearing] = useState(false);
  const may = useMay();
  const mayNot = may("delete", "Assets") ?? may("edit", "DAGs");
  if (error && !data) return <Problem error={error} small again={() => void refetch()} />;
  if (!data) return <Skeleton lines={2} />;
  const { condition } = data;
  if (condition === null) return null;
  const t = assetWords;
  return (
    <section className="nextrun" aria-label={t.nextRun} aria-live="polite">
      <div className="nextrun__head">
        <span className="label">{t.nextRun}</span>
        {!data.is_partitioned && hasCome(condition) && (
          <button type="button" className="button button--small" disabled={mayNot !== undefined} title={mayNot} onClick={() => setClearing(true)}>
            {t.clear}
          </button>
        )}
      </div>
      <ul className="condition">
        <Step part={condition} />
      </ul>
      {data.is_paused && <p className="field__hint">{t.pausedHint}</p>}
      {data.is_partitioned && data.pending_partition_count > 0 && <Partitions dagId={dagId} />}
      {isClearing && (
        <Confirm
          title={t.clearTitle(dagId)}
          text={t.clearText}
          action={t.clear}
          isDanger
          work={async () => {
            await clearQueue(dagId);
            await client.invalidateQueries({ queryKey: ["assets"] });
          }}
          onClose={() => setClearing(false)}
        />
      )}
    </section>
  );
}

const hasCome = (part: Part): boolean => part.at !== null || part.parts.some(hasCome);

function Step({ part }: { part: Part }) {
  const t = assetWords;
  const Mark = part.is_met ? CircleCheck : Circle;
  const name = part.name || part.uri;
  return (
    <li className="condition__step" data-met={part.is_met}>
      <span className="condition__line">
        <Mark size={14} aria-hidden="true" />
        {part.kind === "all" || part.kind === "any" ? (
          <span className="soft">{t[part.kind]}</span>
        ) : (
          <>
            {part.kind === "alias" && <span className="quiet">{t.alias}</span>}
            {part.asset_id !== null && part.kind === "asset" ? <PlainLink href={`/assets/${part.asset_id}`}>{name}</PlainLink> : <span>{name}</span>}
            <span className="quiet">
              {part.is_met ? t.met : t.open} {part.at !== null && <Moment at={part.at} relative />}
            </span>
          </>
        )}
      </span>
      {part.parts.length > 0 && (
        <ul className="condition">
          {part.parts.map((one, i) => (
            <Step key={i} part={one} />
          ))}
        </ul>
      )}
    </li>
  );
}

function Partitions({ dagId }: { dagId: string }) {
  const { data } = useQuery(partitionsQuery(dagId));
  const [open, setOpen] = useState<string | null>(null);
  if (!data) return null;
  const t = assetWords;
  return (
    <div className="partitions">
      <p className="soft">{t.partitions(data.total)}</p>
      <ul>
        {data.partitioned_dag_runs.map((one) => (
          <li key={one.id}>
            <button type="button" className="button button--plain button--small" aria-expanded={open === one.partition_key} onClick={() => setOpen(open === one.partition_key ? null : one.partition_key)}>
              <span className="mono">{one.partition_key}</span> <span className="quiet">{t.received(one.total_received)}</span>
            </button>
            {open === one.partition_key && <PartitionAssets dagId={dagId} partitionKey={one.partition_key} />}
          </li>
        ))}
      </ul>
    </div>
  );
}

function PartitionAssets({ dagId, partitionKey }: { dagId: string; partitionKey: string }) {
  const { data, error } = useQuery(partitionQuery(dagId, partitionKey));
  const t = assetWords;
  // Its run was made while it stood open here: the list above leaves it out in a moment.
  if (error instanceof HttpError && error.status === 404) return null;
  if (error) return <Problem error={error} small />;
  if (!data) return <Skeleton lines={2} />;
  return (
    <ul className="condition">
      {data.assets.map((one) => {
        const Mark = one.is_met ? CircleCheck : Circle;
        return (
          <li key={one.name + one.uri} className="condition__step" data-met={one.is_met === true}>
            <span className="condition__line">
              <Mark size={14} aria-hidden="true" />
              <span>{one.name || one.uri}</span>
              <span className="quiet">
                {one.is_met === null ? t.unknownMet : one.required === null ? (one.is_met ? t.met : t.open) : t.ofKeys(one.received, one.required)}
                {one.missing.length > 0 && ` · ${t.missing(one.missing.slice(0, 8).join(", "))}${one.missing.length > 8 ? " …" : ""}`}
              </span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}
