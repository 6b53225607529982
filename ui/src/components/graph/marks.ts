/** The signs of states as lines in a square of 24, for canvas and SVG; the same shapes as `StateIcon`. */

import type { TaskState } from "../../services/types";

export const MARKS: Record<TaskState, string> = {
  none: "M6 12h12",
  scheduled: "M12 5a7 7 0 1 0 .01 0M12 8.5V12l2.5 1.5",
  queued: "M7 4h10M7 20h10M8 4v3l4 5 4-5V4M8 20v-3l4-5 4 5v3",
  running: "M8 5l11 7-11 7z",
  restarting: "M5 11a7 7 0 0 1 12-4M19 13a7 7 0 0 1-12 4M17.5 3v4.500h-4.500M6.5 21v-4.500h4.5",
  success: "M5 12.500l4.5 4.500L19 7",
  failed: "M6.5 6.500l11 11M17.5 6.500l-11 11",
  skipped: "M6 6l6 6-6 6M13 6l6 6-6 6",
  upstream_failed: "M12 4v11M7 10.500l5 5 5-5M6 20h12",
  removed: "M12 5a7 7 0 1 0 .01 0M7 7l10 10",
  up_for_retry: "M19 12a7 7 0 1 1-2.3-5.200M19 4v4.500h-4.5",
  up_for_reschedule: "M12 8a6 6 0 1 0 .01 0M12 14v-3M9.5 4h5",
  deferred: "M9 6v12M15 6v12",
  awaiting_input: "M7 13V8M10.3 12V5M13.7 12V5M17 13V7M7 13v2a5 5 0 0 0 10 0v-2",
};
