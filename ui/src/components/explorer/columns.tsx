import type { ReactNode } from "react";

import type { CsvCell } from "../../services/csv";
import type { Kind, Row } from "../../services/explorer";
import { dagPlace, runPlace, taskPlace } from "../../services/places";
import { words } from "../../words";
import { explorer } from "../../words/explorer";
import { runWords } from "../../words/run";
import { formatDuration, formatMoment, formatStamp } from "../../words/times";
import { Duration } from "../Moment";
import { PlainLink } from "../PlainLink";
import { StateBadge } from "../StateIcon";

type Name = keyof typeof explorer.column;
export type Column<K extends Kind> = {
  name: Name;
  /** Column of the REST list that it is sorted by. */
  sort?: string;
  cell: (row: Row<K>) => ReactNode;
  /** As it stands in a file: moments in ISO 8601, durations in seconds. */
  value: (row: Row<K>) => CsvCell;
  isNumber?: boolean;
  /** Shown when nobody chose otherwise. */
  usual?: boolean;
};

function Stamp({ at }: { at: string | null }) {
  if (at === null) return <span className="quiet">{words.common.dash}</span>;
  return (
    <time dateTime={at} title={formatMoment(at)}>
      {formatStamp(at)}
    </time>
  );
}

const seconds = (from: string | null, to: string | null): number | null => (from === null || to === null ? null : (Date.parse(to) - Date.parse(from)) / 1000);
const time = <K extends Kind>(name: Name, of: (row: Row<K>) => string | null, sort?: string, usual = false): Column<K> => ({
  name,
  ...(sort && { sort }),
  cell: (row) => <Stamp at={of(row)} />,
  value: of,
  usual,
});
const plain = <K extends Kind>(name: Name, of: (row: Row<K>) => string | number | null | undefined, sort?: string, usual = false): Column<K> => ({
  name,
  ...(sort && { sort }),
  cell: (row) => of(row) ?? <span className="quiet">{words.common.dash}</span>,
  value: (row) => of(row) ?? null,
  usual,
});
const wait = <K extends Kind>(queued: (row: Row<K>) => string | null): Column<K> => ({
  name: "wait",
  cell: (row) => <Duration from={queued(row)} to={row.start_date} />,
  value: (row) => seconds(queued(row), row.start_date),
  isNumber: true,
});

const RUNS: Column<"runs">[] = [
  { name: "dag", sort: "dag_id", usual: true, value: (row) => row.dag_id, cell: (row) => <PlainLink href={dagPlace(row.dag_id)}>{row.dag_display_name}</PlainLink> },
  {
    name: "run",
    usual: true,
    value: (row) => row.dag_run_id,
    cell: (row) => (
      <PlainLink href={runPlace(row.dag_id, row.dag_run_id)} data-row className="explorer__name">
        {row.dag_run_id}
      </PlainLink>
    ),
  },
  { name: "state", sort: "state", usual: true, value: (row) => row.state, cell: (row) => <StateBadge state={row.state} round /> },
  { name: "type", sort: "run_type", usual: true, value: (row) => row.run_type, cell: (row) => words.runType[row.run_type] },
  time("due", (row) => row.run_after, "run_after", true),
  time("logical", (row) => row.logical_date, "logical_date"),
  time("start", (row) => row.start_date, "start_date", true),
  time("end", (row) => row.end_date, "end_date"),
  { name: "duration", sort: "duration", usual: true, isNumber: true, value: (row) => row.duration, cell: (row) => <Duration from={row.start_date} to={row.end_date} running={row.state === "running"} /> },
  wait((row) => row.queued_at),
  {
    name: "user",
    sort: "triggering_user_name",
    usual: true,
    value: (row) => row.triggering_user_name ?? row.triggered_by,
    cell: (row) => row.triggering_user_name ?? runWords.by[row.triggered_by ?? ""] ?? row.triggered_by ?? <span className="quiet">{words.common.dash}</span>,
  },
  plain("version", (row) => row.dag_versions.at(-1)?.version_number, "dag_version"),
  plain("bundle", (row) => [row.dag_versions.at(-1)?.bundle_name, row.bundle_version].filter(Boolean).join(" · ") || null),
  plain("partition", (row) => row.partition_key, "partition_key"),
  plain("note", (row) => row.note, undefined, true),
  { name: "conf", value: (row) => (row.conf && Object.keys(row.conf).length ? JSON.stringify(row.conf) : null), cell: (row) => (row.conf && Object.keys(row.conf).length ? <code>{JSON.stringify(row.conf)}</code> : null) },
];

const TASKS: Column<"tasks">[] = [
  { name: "dag", sort: "dag_id", usual: true, value: (row) => row.dag_id, cell: (row) => <PlainLink href={dagPlace(row.dag_id)}>{row.dag_display_name}</PlainLink> },
  { name: "run", usual: true, value: (row) => row.dag_run_id, cell: (row) => <PlainLink href={runPlace(row.dag_id, row.dag_run_id)}>{row.dag_run_id}</PlainLink> },
  {
    name: "task",
    sort: "task_id",
    usual: true,
    value: (row) => row.task_id,
    cell: (row) => (
      <PlainLink href={taskPlace(row.dag_id, row.dag_run_id, row.task_id, row.map_index)} data-row className="explorer__name">
        {row.task_display_name}
        {row.map_index >= 0 && ` [${row.rendered_map_index ?? row.map_index}]`}
      </PlainLink>
    ),
  },
  { name: "state", sort: "state", usual: true, value: (row) => row.state ?? "none", cell: (row) => <StateBadge state={row.state ?? "none"} /> },
  plain("try", (row) => row.try_number, "try_number", true),
  plain("map_index", (row) => (row.map_index < 0 ? null : row.map_index), "map_index"),
  plain("operator", (row) => row.operator_name ?? row.operator, "operator", true),
  plain("pool", (row) => row.pool, "pool", true),
  plain("queue", (row) => row.queue, "queue"),
  plain("executor", (row) => row.executor, "executor"),
  plain("host", (row) => row.hostname, "hostname"),
  time("due", (row) => row.run_after, "run_after"),
  time("logical", (row) => row.logical_date, "logical_date"),
  time("queued", (row) => row.queued_when, "queued_when"),
  time("start", (row) => row.start_date, "start_date", true),
  time("end", (row) => row.end_date, "end_date"),
  {
    name: "duration",
    sort: "duration",
    usual: true,
    isNumber: true,
    value: (row) => row.duration,
    cell: (row) => (row.duration === null ? <Duration from={row.start_date} to={row.end_date} running={row.state === "running"} /> : formatDuration(row.duration)),
  },
  wait((row) => row.queued_when),
  plain("version", (row) => row.dag_version?.version_number, "version_number"),
  plain("priority", (row) => row.priority_weight, "priority_weight"),
  plain("pid", (row) => row.pid),
  plain("note", (row) => row.note),
];

export const COLUMNS: { [K in Kind]: Column<K>[] } = { runs: RUNS, tasks: TASKS };

export const usualColumns = (kind: Kind): string[] => (COLUMNS[kind] as { name: string; usual?: boolean }[]).filter((column) => column.usual).map((column) => column.name);
