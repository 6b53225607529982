import { words } from "../../words";
import { JsonTree } from "../JsonTree";

/** What the run was started with. */
export function RunConf({ conf }: { conf: Record<string, unknown> }) {
  return (
    <section>
      <h3>{words.run.conf}</h3>
      {Object.keys(conf).length ? <JsonTree value={conf} label={words.run.conf} /> : <p className="quiet">{words.run.noConf}</p>}
    </section>
  );
}
