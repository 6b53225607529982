import { type ReactNode, useState } from "react";

import { toasts } from "../../services/toasts";
import { words } from "../../words";
import { admin } from "../../words/admin";
import { Dialog } from "../Dialog";

type Props = {
  title: string;
  onClose: () => void;
  /** What saving does; what it throws is shown in the dialog, which stays. */
  onSave: () => Promise<void>;
  children: ReactNode;
  save?: string;
  isDanger?: boolean;
  isDisabled?: boolean;
  wide?: boolean;
  /** Left of the buttons. */
  aside?: ReactNode;
  done?: string;
};

/** A dialog that does one thing, and says what went wrong. */
export function FormDialog({ title, onClose, onSave, children, save = admin.save, isDanger = false, isDisabled = false, wide = false, aside, done }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async () => {
    if (isBusy || isDisabled) return;
    setBusy(true);
    setProblem(null);
    try {
      await onSave();
      if (done) toasts.tell(done);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : words.common.failed);
    }
    setBusy(false);
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      wide={wide}
      onSubmit={() => void submit()}
      footer={
        <>
          {aside}
          <span className="grow" />
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className={isDanger ? "button button--danger" : "button button--primary"} disabled={isBusy || isDisabled}>
            {isBusy ? admin.saving : save}
          </button>
        </>
      }
    >
      {children}
      {problem && (
        <p className="field__error" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}
