import type { InstanceDetail } from "../../services/types";
import { words } from "../../words";
import { CopyButton } from "../CopyButton";
import { Notice } from "../Notice";
import { isTree, ValueView } from "./ValueBox";

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** Template fields as they were after rendering; secrets come masked from the server. */
export function RenderedTab({ detail: { rendered } }: { detail: InstanceDetail }) {
  if (rendered.length === 0) return <Notice title={words.task.noRendered} small />;
  return (
    <div className="rendered">
      {rendered.map((field) => (
        <section key={field.name}>
          <div className="row">
            <h3 className="mono grow">{field.name}</h3>
            {!isTree(field.value) && <CopyButton text={textOf(field.value)} />}
          </div>
          <ValueView name={field.name} value={field.value} />
        </section>
      ))}
    </div>
  );
}
