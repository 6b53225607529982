import { useMutation } from "@tanstack/react-query";

import { words } from "../../words";
import { Dialog } from "../Dialog";

type Props = { title: string; text: string; action: string; isDanger?: boolean; work: () => Promise<void>; onClose: () => void };

/** Asks once, does it, says when it could not be done. */
export function Confirm({ title, text, action, isDanger = false, work, onClose }: Props) {
  const run = useMutation({ mutationFn: work, onSuccess: onClose });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={() => run.mutate()}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className={isDanger ? "button button--danger" : "button button--primary"} disabled={run.isPending}>
            {action}
          </button>
        </>
      }
    >
      <p>{text}</p>
      {run.error && (
        <p className="banner" role="alert">
          {run.error.message}
        </p>
      )}
    </Dialog>
  );
}
