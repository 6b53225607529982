import "../styles/dags.css";
import "../styles/explorer.css";
import "../styles/dagpage.css";
import "../styles/grid.css";
import "../styles/panel.css";

import { useNavigate, useSearch } from "@tanstack/react-router";

import { Explorer } from "../components/explorer/Explorer";
import { useTitle } from "../hooks/useTitle";
import { explorer } from "../words/explorer";

/** All runs of all DAGs. */
export function RunsPage() {
  useTitle(explorer.runs);
  const search = useSearch({ from: "/layout/runs" });
  const navigate = useNavigate({ from: "/runs" });
  return <Explorer kind="runs" search={search} onSearch={(next, replace = false) => void navigate({ search: next, replace })} />;
}
