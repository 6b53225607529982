import type { LineageGraph } from "../../services/assets";
import type { GraphExtra } from "../../services/graph";
import { dagPlace } from "../../services/places";
import { assetWords } from "../../words/assets";
import { PlainLink } from "../PlainLink";

/** Neighbours that are named on one side. */
const MOST = 20;

type Tie = { extra: GraphExtra; text: string };

/** Where a node of the lineage has its page; null for an alias, which has none. */
export const placeOf = ({ kind, target }: GraphExtra): string | null => (kind === "dag" ? dagPlace(target) : kind === "asset" ? `/assets/${target}` : null);

/** What comes before and after the chosen node, in words: the same as the lines of the drawing. */
export function Ties({ graph, node }: { graph: LineageGraph; node: number }) {
  const before: Tie[] = [];
  const after: Tie[] = [];
  for (let i = 0; i < graph.edges.length / 2; i++) {
    const [from, to] = [graph.edges[2 * i], graph.edges[2 * i + 1]];
    const other = to === node ? from : from === node ? to : undefined;
    const extra = other === undefined ? undefined : graph.extras[other];
    if (!extra) continue;
    const why = (graph.roles[i] ?? []).map((role) => assetWords.ties[role]);
    (to === node ? before : after).push({ extra, text: [...why, graph.edge_labels[i]].filter(Boolean).join(" · ") });
  }
  return (
    <dl className="lineage__ties">
      <Side name={assetWords.before} ties={before} />
      <Side name={assetWords.after} ties={after} />
    </dl>
  );
}

function Side({ name, ties }: { name: string; ties: Tie[] }) {
  if (ties.length === 0) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {ties.slice(0, MOST).map(({ extra, text }) => {
          const href = placeOf(extra);
          return (
            <span key={`${extra.kind} ${extra.target}`}>
              {href ? <PlainLink href={href}>{extra.label}</PlainLink> : extra.label}
              {text && <span className="quiet"> ({text})</span>}
            </span>
          );
        })}
        {ties.length > MOST && <span className="quiet">+{ties.length - MOST}</span>}
      </dd>
    </div>
  );
}
