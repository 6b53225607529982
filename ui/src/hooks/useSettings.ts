import { useSyncExternalStore } from "react";

import { type Settings, settings } from "../services/settings";

export function useSettings(): Settings {
  return useSyncExternalStore(settings.subscribe, settings.current);
}
