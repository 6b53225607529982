import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleDashed, CircleSlash, CircleX } from "lucide-react";

import { AdminPage, Loaded } from "../components/admin/AdminPage";
import { AdminTable } from "../components/admin/AdminTable";
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
              { name: "part", title: w.column.part, cell: (row) => <strong title={row.id}>{w.kinds[row.kind] ?? row.kind}</strong> },
              { name: "health", title: w.column.health, cell: (row) => <HealthMark health={row.health} /> },
              { name: "load", title: w.column.load, cell: (row) => w.load(row.running, row.queued) },
              { name: "host", title: w.column.host, isExtra: true, cell: (row) => `${row.hostname} · ${row.pid}` },
              { name: "beat", title: w.column.beat, cell: (row) => <Moment at={row.heartbeat_at} relative /> },
              { name: "progress", title: w.column.progress, isExtra: true, cell: (row) => <Moment at={row.progress_at} relative /> },
              { name: "started", title: w.column.started, isExtra: true, cell: (row) => <Moment at={row.started_at} relative /> },
            ]}
          />
        )}
      </Loaded>
    </AdminPage>
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
