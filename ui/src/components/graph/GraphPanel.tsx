import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";

import type { GraphSearch } from "../../routes/graph";
import type { Graph } from "../../services/graph";
import { withQuery } from "../../services/http";
import { instanceQuery } from "../../services/instances";
import { dagPlace, taskPlace } from "../../services/places";
import { words } from "../../words";
import { graphWords } from "../../words/graph";
import { waitText } from "../../words/waits";
import { ordered } from "../grid/model";
import { Duration, Moment } from "../Moment";
import { PlainLink } from "../PlainLink";
import { StateBadge, StateIcon, stateText } from "../StateIcon";
import { TouchButtons } from "../touch/TouchButtons";
import { nodeRef, tasksInside } from "./filter";
import { hasFlag, isGroup, isTask, nodeId, type Shown, wordsOf } from "./look";
import type { Neighbours } from "./paths";

/** Most neighbours that are listed. */
const MOST = 50;

type Props = {
  dagId: string;
  runId: string | undefined;
  graph: Graph;
  node: number;
  shown: Shown | null;
  near: Neighbours;
  search: GraphSearch;
  onChange: (part: GraphSearch) => void;
  onSelect: (node: number) => void;
};

/** What was chosen in the graph: what it is, how it is in the run, and where to go from it. */
export function GraphPanel(props: Props) {
  const { graph, node, shown, onSelect } = props;
  const t = graphWords;
  const { name } = wordsOf(graph, node);
  return (
    <aside className="panel graphpanel" aria-label={t.panel}>
      <div className="panel__head">
        <h2 className="grow truncate" title={nodeId(graph, node)}>
          {name}
        </h2>
        <button type="button" className="button button--small button--icon button--plain" aria-label={t.close} onClick={() => onSelect(-1)}>
          <X size={15} />
        </button>
      </div>
      <div className="panel__body">
        {shown && <States shown={shown} />}
        {isTask(graph, node) ? <Task {...props} /> : isGroup(graph, node) ? <Group {...props} /> : <Extra {...props} />}
      </div>
    </aside>
  );
}

function States({ shown }: { shown: Shown }) {
  if (!shown.counts) return <p><StateBadge state={shown.state} /></p>;
  return (
    <ul className="counts" aria-label={words.run.counts}>
      {ordered(shown.counts).map(([state, n]) => (
        <li key={state} className="state">
          <StateIcon state={state} /> <strong>{n.toLocaleString(words.locale)}</strong> {stateText(state)}
        </li>
      ))}
    </ul>
  );
}

function Task({ dagId, runId, graph, node, shown, near, search, onChange, onSelect }: Props) {
  const t = graphWords;
  const taskId = graph.tasks[node] ?? "";
  const group = graph.groups[(graph.parents[node] ?? -1) - graph.tasks.length];
  const { data } = useQuery({ ...instanceQuery({ dagId, runId: runId ?? "", taskId, mapIndex: -1 }), enabled: runId !== undefined && shown !== null });
  const kinds = [hasFlag(graph, node, "setup") && t.setup, hasFlag(graph, node, "teardown") && t.teardown, hasFlag(graph, node, "mapped") && t.mapped].filter(Boolean);
  return (
    <>
      {runId !== undefined && shown && (
        <div className="row">
          <PlainLink className="button button--small button--primary" href={taskPlace(dagId, runId, taskId)}>
            {t.open}
          </PlainLink>
          <TouchButtons target={{ dagId, runId, taskId, mapIndex: -1 }} isSmall />
        </div>
      )}
      {data && data.waiting.length > 0 && (
        <section>
          <h3>{t.waiting}</h3>
          <ul className="graphpanel__waits">
            {data.waiting.map((one) => (
              <li key={one.name}>{waitText(one)}</li>
            ))}
          </ul>
        </section>
      )}
      <dl className="facts">
        <dt>{t.operator}</dt>
        <dd>
          {graph.operators[graph.operator[node] ?? 0]}
          {kinds.length > 0 && <span className="panel__sub quiet">{kinds.join(", ")}</span>}
        </dd>
        <dt>{t.rule}</dt>
        <dd>{graph.rules[graph.rule[node] ?? 0]}</dd>
        {group && (
          <>
            <dt>{t.group}</dt>
            <dd>{group.group_id}</dd>
          </>
        )}
        {data && data.mapped === null && (
          <>
            <dt>{t.started}</dt>
            <dd>
              <Moment at={data.instance.start_date} />
            </dd>
            <dt>{t.duration}</dt>
            <dd>
              <Duration from={data.instance.start_date} to={data.instance.end_date} running={data.instance.state === "running"} />
            </dd>
            <dt>{t.tries}</dt>
            <dd>{data.instance.try_number}</dd>
          </>
        )}
      </dl>
      <section>
        <h3>{t.only}</h3>
        <div className="row">
          <div className="segments" role="group" aria-label={t.only}>
            {(["up", "down", "both"] as const).map((side) => {
              const isOn = search.of === taskId && (search.side ?? "both") === side;
              return (
                <button key={side} type="button" className="segment" aria-pressed={isOn} onClick={() => onChange(isOn ? { of: undefined, side: undefined, depth: undefined } : { of: taskId, side })}>
                  {t.sides[side]}
                </button>
              );
            })}
          </div>
          {search.of === taskId && (
            <select className="input graphpanel__depth" aria-label={t.depth} value={search.depth ?? ""} onChange={(event) => onChange({ depth: Number(event.target.value) || undefined })}>
              <option value="">{t.anyDepth}</option>
              {[1, 2, 3, 4, 5, 10].map((n) => (
                <option key={n}>{n}</option>
              ))}
            </select>
          )}
        </div>
      </section>
      <section>
        <h3>{t.path}</h3>
        <div className="row">
          <button type="button" className="button button--small" onClick={() => onChange({ from: taskId, to: undefined })}>
            {t.pathFrom}
          </button>
          {search.from !== undefined && search.from !== taskId && (
            <button type="button" className="button button--small truncate" onClick={() => onChange({ to: taskId })}>
              {t.pathFromTask(search.from)}
            </button>
          )}
        </div>
      </section>
      <Neighbour title={t.upstream} nodes={near.up[node] ?? []} graph={graph} onSelect={onSelect} />
      <Neighbour title={t.downstream} nodes={near.down[node] ?? []} graph={graph} onSelect={onSelect} />
    </>
  );
}

function Neighbour({ title, nodes, graph, onSelect }: { title: string; nodes: number[]; graph: Graph; onSelect: (node: number) => void }) {
  return (
    <section>
      <h3>
        {title} <span className="quiet">{nodes.length || ""}</span>
      </h3>
      {nodes.length === 0 && <p className="quiet">{graphWords.none}</p>}
      <ul>
        {nodes.slice(0, MOST).map((node) => (
          <li key={node}>
            <button type="button" className="graphpanel__link truncate" onClick={() => onSelect(node)}>
              {nodeId(graph, node)}
            </button>
          </li>
        ))}
        {nodes.length > MOST && <li className="quiet">{graphWords.more(nodes.length - MOST)}</li>}
      </ul>
    </section>
  );
}

function Group({ dagId, runId, graph, node, search, onChange }: Props) {
  const group = graph.groups[node - graph.tasks.length];
  const ref = nodeRef(graph, node);
  const isOnly = search.of === ref;
  return (
    <>
      {group && runId !== undefined && (
        <div className="row">
          <TouchButtons target={{ dagId, runId, groupId: group.group_id }} isSmall />
        </div>
      )}
      <button type="button" className="button" aria-pressed={isOnly} onClick={() => onChange({ of: isOnly ? undefined : ref, side: undefined, depth: undefined })}>
        {graphWords.onlyGroup}
      </button>
      <dl className="facts">
        <dt>{graphWords.group}</dt>
        <dd>
          {group?.group_id}
          {group?.tooltip && <span className="panel__sub quiet">{group.tooltip}</span>}
        </dd>
        <dt>{words.run.tasks}</dt>
        <dd>{graphWords.tasksIn(tasksInside(graph, node).length)}</dd>
      </dl>
    </>
  );
}

function Extra({ graph, node }: Props) {
  const extra = graph.extras[node - graph.tasks.length - graph.groups.length];
  if (!extra) return null;
  return (
    <>
      <p>
        {graphWords.kinds[extra.kind]}: {graphWords.roles[extra.role]}.
      </p>
      {extra.kind === "dag" ? (
        <PlainLink className="button" href={dagPlace(extra.target)}>
          {graphWords.openDag}
        </PlainLink>
      ) : (
        <>
          <p className="mono">{extra.target}</p>
          <PlainLink className="button" href={withQuery("/assets", { search: JSON.stringify(extra.label) })}>
            {graphWords.openAsset}
          </PlainLink>
        </>
      )}
    </>
  );
}
