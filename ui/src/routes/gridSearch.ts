/** What stands behind the `?` of the grid, and which runs it names. */

import type { GridFilter } from "../services/runs";
import type { RunState, RunType } from "../services/types";
import { count, defined, flag, oneOf, type Raw, text } from "./search";

export type GridSearch = {
  type?: RunType | undefined;
  state?: RunState | undefined;
  tasks?: string | undefined;
  /** Who triggered the run: a part of the name. */
  user?: string | undefined;
  /** Runs due in this time: days or moments, ISO 8601. */
  since?: string | undefined;
  until?: string | undefined;
  /** Runs that are read at once. */
  limit?: number | undefined;
  /** Only what is up or down the stream of this task, so many steps. */
  of?: string | undefined;
  side?: (typeof SIDES)[number] | undefined;
  depth?: number | undefined;
  /** Only tasks that failed in one of the runs that are shown. */
  failing?: true | undefined;
  /** Without the bars of durations. */
  plain?: true | undefined;
};

export const SIDES = ["up", "down", "both"] as const;

/** Which runs the address asks for. */
export const gridFilter = ({ type, state, user, since, until, limit }: GridSearch): GridFilter => ({ runType: type, state, user, since, until, limit });

export const gridSearch = (raw: Raw): GridSearch =>
  defined({
    type: text(raw.type) as RunType | undefined,
    state: text(raw.state) as RunState | undefined,
    tasks: text(raw.tasks),
    user: text(raw.user),
    since: text(raw.since),
    until: text(raw.until),
    limit: count(raw.limit),
    of: text(raw.of),
    side: oneOf(raw.side, SIDES),
    depth: count(raw.depth),
    failing: flag(raw.failing),
    plain: flag(raw.plain),
  });
