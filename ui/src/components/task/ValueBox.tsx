import { Pencil, Trash2 } from "lucide-react";

import { taskWords } from "../../words/task";
import { CopyButton } from "../CopyButton";
import { JsonTree } from "../JsonTree";

/** `whyNot`: why the value may not be changed. */
type Props = { name: string; value: unknown; whyNot: string | undefined; onEdit: () => void; onRemove: () => void };

/** A value under a key, with what can be done with it. */
export function ValueBox({ name, value, whyNot, onEdit, onRemove }: Props) {
  const look = "button button--plain button--icon button--small";
  return (
    <div className="xcom__value">
      <span className="row">
        {!isTree(value) && <CopyButton text={typeof value === "string" ? value : JSON.stringify(value)} />}
        <button type="button" className={look} aria-label={`${taskWords.editXCom} ${name}`} title={whyNot ?? taskWords.editXCom} disabled={whyNot !== undefined} onClick={onEdit}>
          <Pencil size={13} />
        </button>
        <button type="button" className={look} aria-label={`${taskWords.removeXCom} ${name}`} title={whyNot ?? taskWords.removeXCom} disabled={whyNot !== undefined} onClick={onRemove}>
          <Trash2 size={13} />
        </button>
      </span>
      <ValueView name={name} value={value} />
    </div>
  );
}

/** Lists and objects are trees, which can be copied; anything else is what it is. */
export const isTree = (value: unknown): boolean => typeof value === "object" && value !== null;

export function ValueView({ name, value }: { name: string; value: unknown }) {
  if (isTree(value)) return <JsonTree value={value} label={name} />;
  return <pre className="code">{typeof value === "string" ? value : JSON.stringify(value)}</pre>;
}
