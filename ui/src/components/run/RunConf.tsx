import { useQuery } from "@tanstack/react-query";

import { runParamsQuery } from "../../services/runs";
import type { RunHead } from "../../services/types";
import { words } from "../../words";
import { runWords } from "../../words/run";
import { JsonTree } from "../JsonTree";
import { Unread } from "../Notice";

/** What the run was started with, and what its tasks see as params. */
export function RunConf({ dagId, run }: { dagId: string; run: RunHead }) {
  const { conf } = run;
  const params = useQuery(runParamsQuery(dagId, run));
  return (
    <>
      <section>
        <h3>{words.run.conf}</h3>
        {Object.keys(conf).length ? <JsonTree value={conf} label={words.run.conf} /> : <p className="quiet">{words.run.noConf}</p>}
      </section>
      <Unread of={params} />
      {params.data && params.data.length > 0 && (
        <section aria-label={runWords.params}>
          <h3>{runWords.params}</h3>
          <dl className="facts">
            {params.data.map((one) => [
              <dt key={`${one.name} name`}>
                <code>{one.name}</code>
              </dt>,
              <dd key={one.name}>
                <code>{JSON.stringify(one.value)}</code> {one.is_given ? <span className="tag">{runWords.given}</span> : <span className="quiet">{runWords.byDefault}</span>}
              </dd>,
            ])}
          </dl>
        </section>
      )}
    </>
  );
}
