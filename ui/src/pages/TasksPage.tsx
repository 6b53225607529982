import "../styles/dags.css";
import "../styles/explorer.css";
import "../styles/dagpage.css";
import "../styles/grid.css";
import "../styles/panel.css";

import { useNavigate, useSearch } from "@tanstack/react-router";

import { Explorer } from "../components/explorer/Explorer";
import { useTitle } from "../hooks/useTitle";
import { explorer } from "../words/explorer";

/** All task instances of all DAGs. */
export function TasksPage() {
  useTitle(explorer.tasks);
  const search = useSearch({ from: "/layout/tasks" });
  const navigate = useNavigate({ from: "/tasks" });
  return <Explorer kind="tasks" search={search} onSearch={(next, replace = false) => void navigate({ search: next, replace })} />;
}
