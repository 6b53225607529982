import { useState } from "react";

import { taskPlace } from "../../services/places";
import { words } from "../../words";
import { ganttWords } from "../../words/gantt";
import { formatDuration } from "../../words/times";
import { Moment } from "../Moment";
import { Pager } from "../Pager";
import { PlainLink } from "../PlainLink";
import { StateBadge } from "../StateIcon";
import type { Bar, Row } from "./model";

const PER_PAGE = 200;

/** The same bars as lines of a table. */
export function GanttTable({ dagId, runId, rows, now }: { dagId: string; runId: string; rows: Row[]; now: number }) {
  const [page, setPage] = useState(1);
  const t = ganttWords.column;
  const lines = rows
    .filter((row) => row.kind !== "group")
    .flatMap((row): { row: Row; bar: Bar | null }[] => (row.bars.length ? row.bars.map((bar) => ({ row, bar })) : [{ row, bar: null }]));
  const shown = lines.slice((page - 1) * PER_PAGE, page * PER_PAGE);
  return (
    <div className="gantttable">
      <table className="list" aria-label={ganttWords.chart}>
        <thead>
          <tr>
            <th scope="col">{t.task}</th>
            <th scope="col">{t.try}</th>
            <th scope="col">{t.what}</th>
            <th scope="col">{t.start}</th>
            <th scope="col">{t.end}</th>
            <th scope="col" className="number">
              {t.duration}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ row, bar }, i) => (
            <tr key={`${row.key}${i}`}>
              <td>
                <PlainLink href={taskPlace(dagId, runId, row.id, row.mapIndex)}>
                  {row.id}
                  {row.kind === "instance" ? ` [${row.label}]` : ""}
                </PlainLink>
              </td>
              <td>{bar?.tryNumber || words.common.dash}</td>
              <td>{bar === null ? ganttWords.notStarted : bar.kind === "running" && bar.state ? <StateBadge state={bar.state} /> : ganttWords.kind[bar.kind]}</td>
              <td>
                <Moment at={bar && new Date(bar.start).toISOString()} />
              </td>
              <td>
                <Moment at={bar?.end ? new Date(bar.end).toISOString() : null} />
              </td>
              <td className="number">{bar ? formatDuration(((bar.end ?? now) - bar.start) / 1000) : words.common.dash}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Pager page={page} size={PER_PAGE} total={lines.length} onPage={setPage} />
    </div>
  );
}
