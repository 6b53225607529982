/** Questions that tasks ask people. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { layout } from "./frame";
import { count, defined, oneOf, type Raw, text } from "./search";

export const APPROVAL_SHOWS = ["open", "answered", "all"] as const;

export type ApprovalSearch = {
  show?: (typeof APPROVAL_SHOWS)[number] | undefined;
  search?: string | undefined;
  dag?: string | undefined;
  page?: number | undefined;
  /** The chosen question: JSON of DAG, run, task and map index. */
  at?: string | undefined;
};

const approvalsRoute = createRoute({
  getParentRoute: () => layout,
  path: "/approvals",
  component: lazyRouteComponent(() => import("../pages/ApprovalsPage"), "ApprovalsPage"),
  validateSearch: (raw: Raw): ApprovalSearch =>
    defined({ show: oneOf(raw.show, APPROVAL_SHOWS), search: text(raw.search), dag: text(raw.dag), page: count(raw.page), at: text(raw.at) }),
});

export const approvalRoutes = [approvalsRoute] as const;
