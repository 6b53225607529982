import { words } from "../../words";
import { CopyButton } from "../CopyButton";
import { Dialog } from "../Dialog";

/** A secret that is shown this once. */
export function ShownOnce({ title, text, secret, onClose }: { title: string; text: string; secret: string; onClose: () => void }) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <button type="button" className="button button--primary" onClick={onClose}>
          {words.common.close}
        </button>
      }
    >
      <p>{text}</p>
      <div className="admin__shown">
        <code>{secret}</code>
        <CopyButton text={secret} />
      </div>
    </Dialog>
  );
}
