import "../styles/dags.css";
import "../styles/explorer.css";
import "../styles/dagpage.css";
import "../styles/grid.css";
import "../styles/panel.css";

import { useNavigate, useParams, useSearch } from "@tanstack/react-router";

import { Explorer } from "../components/explorer/Explorer";
import { explorer } from "../words/explorer";

/** All runs of one DAG. */
export function DagRunsPage() {
  const { dagId } = useParams({ from: "/layout/dags/$dagId" });
  const search = useSearch({ from: "/layout/dags/$dagId/runs" });
  const navigate = useNavigate({ from: "/dags/$dagId/runs" });
  return <Explorer kind="runs" dagId={dagId} title={<h2>{explorer.runs}</h2>} search={search} onSearch={(next, replace = false) => void navigate({ search: next, replace })} />;
}
