import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";

import { words } from "../words";

type Props = {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
  /** Makes the whole dialog a form; Enter submits. */
  onSubmit?: () => void;
};

const FOCUSABLE = "input, select, textarea, button:not(:disabled)";

/** A modal dialog. The browser's own element keeps the focus inside, closes on Escape and gives it back. */
export function Dialog({ title, onClose, children, footer, wide = false, onSubmit }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    // The browser would choose the first control, which is the cross that closes.
    dialog?.querySelector<HTMLElement>(`.dialog__body :is(${FOCUSABLE}), .dialog__foot :is(${FOCUSABLE})`)?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const inner = (
    <>
      <div className="dialog__body">{children}</div>
      {footer && <div className="dialog__foot">{footer}</div>}
    </>
  );
  return (
    <dialog
      ref={ref}
      className={wide ? "dialog dialog--wide" : "dialog"}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => event.target === ref.current && onClose()}
    >
      <div className="dialog__head">
        <h2 id={titleId}>{title}</h2>
        <button type="button" className="button button--plain button--icon" aria-label={words.common.close} onClick={onClose}>
          <X size={16} />
        </button>
      </div>
      {onSubmit ? (
        <form
          className="dialog__form"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            onSubmit();
          }}
        >
          {inner}
        </form>
      ) : (
        inner
      )}
    </dialog>
  );
}
