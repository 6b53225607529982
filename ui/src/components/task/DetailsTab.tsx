import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import type { ReactNode } from "react";

import { type InstanceKey, readLinks } from "../../services/instances";
import { taskPlace } from "../../services/places";
import type { InstanceDetail } from "../../services/types";
import { words } from "../../words";
import { taskWords } from "../../words/task";
import { formatDuration } from "../../words/times";
import { Markdown } from "../Markdown";
import { Duration, Moment } from "../Moment";
import { Unread } from "../Notice";
import { PlainLink } from "../PlainLink";
import { StateBadge } from "../StateIcon";
import { TaskNote } from "./TaskNote";

export function DetailsTab({ at, detail: { instance, task } }: { at: InstanceKey; detail: InstanceDetail }) {
  const t = words.task.details;
  const links = (ids: string[]) => (ids.length ? ids.map((id) => <TaskLink key={id} at={at} taskId={id} />) : words.common.dash);
  const facts: [string, ReactNode][] = [
    [t.state, <StateBadge key="state" state={instance.state} />],
    [t.operator, instance.operator],
    [t.triggerRule, task?.trigger_rule],
    [t.tries, words.task.tryOf(instance.try_number, Math.max(instance.max_tries + 1, instance.try_number))],
    [t.retryDelay, task && task.retries > 0 ? formatDuration(task.retry_delay) : null],
    [taskWords.facts.scheduled, instance.scheduled_at && <Moment at={instance.scheduled_at} />],
    [t.queued, instance.queued_at && <Moment at={instance.queued_at} />],
    [t.start, instance.start_date && <Moment at={instance.start_date} />],
    [t.end, instance.end_date && <Moment at={instance.end_date} />],
    [t.duration, instance.start_date && <Duration from={instance.start_date} to={instance.end_date} running={instance.state === "running"} />],
    [t.due, instance.due_at && <Moment at={instance.due_at} />],
    [t.pool, `${instance.pool} · ${t.slots(instance.pool_slots)}`],
    [t.queue, instance.queue],
    [t.priority, instance.priority_weight],
    [taskWords.facts.executor, instance.executor],
    [t.hostname, instance.hostname],
    [t.pid, instance.pid],
    [taskWords.facts.attempt, instance.attempt_id && <code>{instance.attempt_id}</code>],
    [t.id, instance.id || null],
    [t.mapIndex, at.mapIndex >= 0 ? at.mapIndex : null],
    [taskWords.facts.rendered, instance.rendered_map_index],
    [taskWords.facts.spread, instance.spread && taskWords.each(formatDuration(instance.spread.shortest), formatDuration(instance.spread.longest))],
    [taskWords.facts.total, instance.spread && formatDuration(instance.spread.total)],
    [t.version, instance.version_number === null ? null : words.dag.version(instance.version_number)],
    [taskWords.facts.bundle, instance.bundle && [instance.bundle, instance.bundle_version].filter(Boolean).join(" · ")],
    [t.upstream, task && links(task.upstream)],
    [t.downstream, task && links(task.downstream)],
  ];
  const read = useQuery({ ...readLinks(at), enabled: !instance.mapped });
  const extra = Object.entries(read.data ?? {}).filter((one): one is [string, string] => /^https?:\/\//.test(one[1] ?? ""));
  return (
    <div className="details">
      <Unread of={read} />
      {extra.length > 0 && (
        <nav className="row" aria-label={taskWords.links}>
          {extra.map(([name, href]) => (
            <a key={name} className="button button--small" href={href} target="_blank" rel="noreferrer">
              <ExternalLink size={13} /> {name}
            </a>
          ))}
        </nav>
      )}
      {!instance.mapped && <TaskNote at={at} note={instance.note} />}
      <dl className="facts">
        {facts
          .filter(([, value]) => value !== null && value !== undefined && value !== "")
          .map(([name, value]) => (
            <div key={name} className="facts__row">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {task?.doc_md && (
        <section>
          <h3>{t.doc}</h3>
          <Markdown text={task.doc_md} />
        </section>
      )}
    </div>
  );
}

function TaskLink({ at, taskId }: { at: InstanceKey; taskId: string }) {
  return (
    <PlainLink href={taskPlace(at.dagId, at.runId, taskId)} className="details__link">
      {taskId}
    </PlainLink>
  );
}
