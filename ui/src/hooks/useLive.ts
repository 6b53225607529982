import { useSyncExternalStore } from "react";

import { live, type LiveStatus } from "../services/live";

export function useLive(): LiveStatus {
  return useSyncExternalStore(live.subscribe, live.current);
}
