import "../styles/dagpage.css";
import "../styles/grid.css";
import "../styles/panel.css";

import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { useState } from "react";

import { DagHeader } from "../components/dag/DagHeader";
import { DagViews } from "../components/dag/DagViews";
import { Notice, Problem } from "../components/Notice";
import { TriggerDialog } from "../components/trigger/TriggerDialog";
import { useTitle } from "../hooks/useTitle";
import { dagQuery } from "../services/dags";
import { HttpError } from "../services/http";
import { words } from "../words";

/** One DAG: its head, the row of its views, and the view that the address names. */
export function DagPage() {
  const { dagId } = useParams({ from: "/layout/dags/$dagId" });
  useTitle(dagId);
  const head = useQuery(dagQuery(dagId));
  const [isTriggering, setTriggering] = useState(false);
  if (head.error instanceof HttpError && head.error.status === 404)
    return (
      <Notice title={words.dag.notFoundTitle} text={words.dag.notFoundText}>
        <Link to="/dags" className="button">
          {words.dag.toList}
        </Link>
      </Notice>
    );
  if (head.error && !head.data) return <Problem error={head.error} again={() => void head.refetch()} />;
  return (
    <div className="dagpage">
      {head.data ? <DagHeader dag={head.data} onTrigger={() => setTriggering(true)} /> : <div className="dagheader" />}
      <DagViews dagId={dagId} />
      <Outlet />
      {isTriggering && <TriggerDialog dagId={dagId} onClose={() => setTriggering(false)} />}
    </div>
  );
}
