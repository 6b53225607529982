import "../../styles/approvals.css";

import { useQuery } from "@tanstack/react-query";

import { useMay } from "../../hooks/useMay";
import { approvalsQuery } from "../../services/approvals";
import { Unread } from "../Notice";
import { Review } from "./Review";

type Props = { dagId: string; runId: string; taskId: string; mapIndex: number };

/** The question that a task asks, above all else on its page; nothing when it asks none. */
export function TaskQuestion({ dagId, runId, taskId, mapIndex }: Props) {
  const isAllowed = useMay()("read", "HITL Detail") === undefined;
  const read = useQuery({ ...approvalsQuery({ dag_id: dagId, run_id: runId, task_id: taskId, map_index: mapIndex }), enabled: isAllowed });
  const approval = read.data?.approvals.find((one) => one.run_id === runId && one.task_id === taskId && one.map_index === mapIndex);
  return approval ? (
    <div className="taskquestion">
      <Review approval={approval} isAlone />
    </div>
  ) : (
    <Unread of={read} />
  );
}
