import { focusManager, QueryClient } from "@tanstack/react-query";

import { HttpError } from "./http";

/** The cache is kept true by the event stream, so nothing is read again merely because time passed. */
export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      refetchOnReconnect: () => focusManager.isFocused(),
      retry: (count, error) => count < 2 && error instanceof HttpError && (error.status === 0 || error.status >= 502),
      retryDelay: (attempt) => 400 * 2 ** attempt,
    },
  },
});

/** Calls `over` when something was refused that was allowed before: the session has ended. */
export function onSessionOver(over: () => void): void {
  const isRefusal = (error: unknown) => error instanceof HttpError && error.status === 401;
  client.getQueryCache().subscribe((event) => {
    if (event.type !== "updated" || event.action.type !== "error" || !isRefusal(event.action.error)) return;
    // Until it is known who looks, nobody's session can end.
    if (client.getQueryData(["session"]) !== undefined) over();
  });
  client.getMutationCache().subscribe((event) => {
    if (event.type === "updated" && event.action.type === "error" && isRefusal(event.action.error)) over();
  });
}
