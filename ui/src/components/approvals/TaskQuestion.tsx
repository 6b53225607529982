import "../../styles/forms.css";

import { useQuery } from "@tanstack/react-query";

import { approvalsQuery } from "../../services/approvals";
import { Review } from "./Review";

type Props = { dagId: string; runId: string; taskId: string; mapIndex: number };

/** The question that a task asks, above all else on its page; nothing when it asks none. */
export function TaskQuestion({ dagId, runId, taskId, mapIndex }: Props) {
  const { data } = useQuery(approvalsQuery({ dag_id: dagId, run_id: runId, task_id: taskId, map_index: mapIndex }));
  const approval = data?.approvals.find((one) => one.run_id === runId && one.task_id === taskId && one.map_index === mapIndex);
  return approval ? <Review approval={approval} isAlone /> : null;
}
