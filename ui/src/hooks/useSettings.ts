import { useSyncExternalStore } from "react";

import { type Settings, settings } from "../services/settings";

export function useSettings(): Settings {
  return useSyncExternalStore(settings.subscribe, settings.current);
}

/** Changes with the colours of the page: a canvas that is drawn in them is drawn again then. */
export function useLook(): string {
  return useSyncExternalStore(settings.subscribe, settings.look);
}
