import "../../styles/graph.css";

import { useEffect, useMemo, useRef } from "react";

import { useLook } from "../../hooks/useSettings";
import type { LineageGraph } from "../../services/assets";
import type { GraphExtra } from "../../services/graph";
import { assetWords } from "../../words/assets";
import { graphWords } from "../../words/graph";
import { type CanvasHandle, GraphCanvas } from "../graph/GraphCanvas";
import { GraphTree, treeRows } from "../graph/GraphTree";
import { colorsNow, type Look } from "../graph/look";
import { place } from "../graph/place";
import type { Scene } from "../graph/stage";
import { PlainLink } from "../PlainLink";
import { placeOf, Ties } from "./Ties";

type Props = {
  graph: LineageGraph;
  /** "asset:7" */
  node: string | undefined;
  onNode: (node: string | undefined) => void;
};

const FOUND_ALL = null;
const refOf = (extra: GraphExtra): string => `${extra.kind}:${extra.target}`;

/** Who makes what of what: a canvas, and the same as a list beside it. */
export function Lineage({ graph, node, onNode }: Props) {
  const look = useLook();
  const canvas = useRef<CanvasHandle>(null);
  const drawing = useMemo(() => place(graph, { isOpen: () => false, isShown: () => true, direction: "LR" }), [graph]);
  const rows = useMemo(() => treeRows(graph, () => true, () => false), [graph]);
  const selected = graph.extras.findIndex((extra) => refOf(extra) === node);
  // The colours are read from the page, which changes them with these.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const colors = useMemo(colorsNow, [look]);
  const scene = useMemo((): Scene => {
    const look: Look = { shown: drawing.boxes.map(() => null), litBoxes: new Set(), litLines: new Set(), found: FOUND_ALL, selected: drawing.shownAs[selected] ?? -1, pointed: -1 };
    return { graph, drawing, look, colors };
  }, [graph, drawing, selected, colors]);
  useEffect(() => {
    if (selected >= 0) canvas.current?.reveal(selected);
  }, [selected, drawing]);
  const choose = (at: number) => {
    const extra = graph.extras[at];
    onNode(extra && refOf(extra));
  };
  if (graph.extras.length === 0) return <p className="quiet">{assetWords.noLineage}</p>;
  return (
    <div className="lineage" role="region" aria-label={assetWords.lineage}>
      <p className="lineage__line soft" aria-live="polite">
        <span>{assetWords.drawn(graph.extras.length)}</span>
        <Chosen extra={graph.extras[selected]} />
      </p>
      {selected >= 0 && <Ties graph={graph} node={selected} />}
      <div className="graph__body lineage__body">
        <GraphTree graph={graph} rows={rows} shownOf={() => null} selected={selected} found={null} onSelect={choose} onToggle={() => undefined} />
        <GraphCanvas ref={canvas} scene={scene} anchor={-1} onSelect={choose} onToggle={() => undefined} />
      </div>
    </div>
  );
}

function Chosen({ extra }: { extra: GraphExtra | undefined }) {
  if (!extra) return <span>{assetWords.selectHint}</span>;
  const href = placeOf(extra);
  return (
    <span>
      {graphWords.kinds[extra.kind]} {href ? <PlainLink href={href}>{extra.label}</PlainLink> : <strong>{extra.label}</strong>}
    </span>
  );
}
