import "../../styles/rail.css";

import { useQuery } from "@tanstack/react-query";

import { useMay } from "../../hooks/useMay";
import { openApprovalsQuery } from "../../services/approvals";
import { approvalWords } from "../../words/approvals";

/** How many questions wait, beside their place in the rail. */
export function OpenCount() {
  const isAllowed = useMay()("read", "HITL Detail") === undefined;
  const { data } = useQuery({ ...openApprovalsQuery, enabled: isAllowed });
  if (!data || data.open === 0) return null;
  return (
    <span className="navrail__count" title={approvalWords.count(data.open)}>
      <span aria-hidden="true">{data.open > 99 ? "99+" : data.open}</span>
      <span className="sr-only">, {approvalWords.pending(data.open)}</span>
    </span>
  );
}
