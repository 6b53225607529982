import { X } from "lucide-react";
import { useSyncExternalStore } from "react";

import { toasts } from "../services/toasts";
import { words } from "../words";

/** Short messages about what was done or could not be done; read aloud by screen readers. */
export function Toasts() {
  const all = useSyncExternalStore(toasts.subscribe, toasts.current);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {all.map((toast) => (
        <div key={toast.id} className={toast.bad ? "toast toast--bad" : "toast"}>
          <span className="grow">{toast.text}</span>
          <button type="button" className="button button--plain button--icon button--small" aria-label={words.common.close} onClick={() => toasts.close(toast.id)}>
            <X size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
