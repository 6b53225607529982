import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleDashed, CircleSlash, CircleX } from "lucide-react";
import { useState } from "react";

import { AdminPage, Loaded } from "../components/admin/AdminPage";
import { AdminTable } from "../components/admin/AdminTable";
import { DrainButton, DrainDialog, DrainMark } from "../components/admin/Drain";
import { Moment } from "../components/Moment";
import { Notice } from "../components/Notice";
import { useMay } from "../hooks/useMay";
import { type Process, processesQuery } from "../services/admin";
import { admin } from "../words/admin";

const w = admin.worker;
const ICONS = { healthy: CircleCheck, stalled: CircleX, dead: CircleX, absent: CircleDashed, stopped: CircleSlash };

/** The processes of the installation: whether they work, what they hold, what they got done last. */
export function WorkersPage() {
  const read = useQuery({ ...processesQuery, enabled: useMay()("read", "Jobs") === undefined });
  const { data } = read;
  const [asked, setAsked] = useState<string | null>(null);
  const isMany = new Set(data?.processes.map((row) => row.hostname)).size > 1;
  const toDrain = data?.processes.find((row) => row.id === asked);
  return (
    <AdminPage title={admin.tabs.workers} resource="Jobs" note={data && admin.entries(data.processes.length)}>
      {data && (
        <p className="soft">
          {w.parsing(data.parsing.files)} <Moment at={data.parsing.last_parsed} relative />. {w.own}
        </p>
      )}
      <Loaded of={read}>
        {data?.processes.length === 0 ? (
          <Notice title={w.emptyTitle} text={w.emptyText} />
        ) : (
          <AdminTable<Process>
            label={admin.tabs.workers}
            rows={data?.processes ?? []}
            keyOf={(row) => row.id}
            columns={[
              { name: "part", title: w.column.part, cell: (row) => <Part row={row} isOneOfMany={isMany} /> },
              {
                name: "health",
                title: w.column.health,
                cell: (row) => (
                  <div aria-live="polite">
                    <HealthMark health={row.health} />
                    <DrainMark row={row} />
                  </div>
                ),
              },
              { name: "load", title: w.column.load, cell: (row) => <Load row={row} /> },
              { name: "host", title: w.column.host, isExtra: true, cell: (row) => `${row.hostname} · ${row.pid}` },
              { name: "beat", title: w.column.beat, isExtra: true, cell: (row) => <Moment at={row.heartbeat_at} relative isPast /> },
              { name: "progress", title: w.column.progress, isExtra: true, cell: (row) => <Moment at={row.progress_at} relative isPast /> },
              { name: "started", title: w.column.started, isExtra: true, cell: (row) => <Moment at={row.started_at} relative isPast /> },
            ]}
            actions={(row) => <DrainButton row={row} onAsk={() => setAsked(row.id)} />}
          />
        )}
      </Loaded>
      {toDrain && <DrainDialog row={toDrain} all={data?.processes ?? []} onClose={() => setAsked(null)} />}
    </AdminPage>
  );
}

/** What it is. On a narrow screen the column of the machines is not there to tell several apart. */
function Part({ row, isOneOfMany }: { row: Process; isOneOfMany: boolean }) {
  return (
    <>
      <strong title={row.id}>{w.kinds[row.kind] ?? row.kind}</strong>
      {isOneOfMany && <span className="admin__machine quiet">{row.hostname}</span>}
    </>
  );
}

/** Its tasks of as many as it runs at once, as words and as a bar. */
function Load({ row }: { row: Process }) {
  const { running, queued, parallelism: all } = row;
  const most = Math.max(all, running + queued);
  return (
    <div className="admin__load">
      <span>{w.load(running, queued, all)}</span>
      {all > 0 && (
        <svg className="admin__slots" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
          <rect width={(running / most) * 100} height={8} fill="var(--state-running)" />
          <rect x={(running / most) * 100} width={(queued / most) * 100} height={8} fill="var(--state-queued)" />
        </svg>
      )}
    </div>
  );
}

function HealthMark({ health }: { health: Process["health"] }) {
  const Icon = ICONS[health];
  return (
    <span className="admin__health" data-health={health}>
      <Icon size={14} aria-hidden="true" /> {w.health[health]}
    </span>
  );
}
