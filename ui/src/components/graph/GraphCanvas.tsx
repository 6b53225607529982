import { Maximize, Minus, Plus } from "lucide-react";
import { type Ref, useCallback, useEffect, useImperativeHandle, useRef, useState } from "react";

import { graphWords } from "../../words/graph";
import { StateIcon, stateText } from "../StateIcon";
import { isTask, nodeId } from "./look";
import { Minimap, type MinimapHandle } from "./Minimap";
import { type GraphElement, type Scene, Stage } from "./stage";

export type CanvasHandle = { reveal: (node: number) => void };
type Props = {
  scene: Scene;
  /** The node that the last fold was about: it stays where it is. */
  anchor: number;
  onSelect: (node: number) => void;
  onToggle: (node: number) => void;
  ref: Ref<CanvasHandle>;
};

export function GraphCanvas({ scene, anchor, onSelect, onToggle, ref }: Props) {
  const canvas = useRef<GraphElement>(null);
  const minimap = useRef<MinimapHandle>(null);
  const stage = useRef<Stage | null>(null);
  const acts = useRef({ onSelect, onToggle });
  const [pointed, setPointed] = useState<{ box: number; x: number; y: number } | null>(null);
  useEffect(() => {
    acts.current = { onSelect, onToggle };
  });

  useEffect(() => {
    if (!canvas.current) return;
    const made = new Stage(canvas.current, {
      onSelect: (node) => acts.current.onSelect(node),
      onToggle: (node) => acts.current.onToggle(node),
      onPoint: (box, x, y) => setPointed((old) => (box < 0 ? null : old?.box === box ? old : { box, x, y })),
      onCamera: (camera, width, height) => minimap.current?.frame(camera, width, height),
    });
    stage.current = made;
    return () => {
      stage.current = null;
      made.stop();
    };
  }, []);

  useEffect(() => {
    stage.current?.show(scene, anchor);
    minimap.current?.show(scene);
  }, [scene, anchor]);

  useImperativeHandle(ref, () => ({ reveal: (node) => stage.current?.reveal(node) }), []);
  const go = useCallback((x: number, y: number) => stage.current?.centre(x, y), []);
  const t = graphWords;
  return (
    <div className="graph__stage">
      {/* The same things stand in the tree beside it. */}
      <canvas ref={canvas} className="graph__canvas" tabIndex={0} role="img" aria-label={t.canvas} />
      {pointed && <Pointed scene={scene} {...pointed} />}
      <div className="graph__zoom">
        <button type="button" className="button button--icon" aria-label={t.zoomIn} title={t.zoomIn} onClick={() => stage.current?.zoomBy(1.25)}>
          <Plus size={15} />
        </button>
        <button type="button" className="button button--icon" aria-label={t.zoomOut} title={t.zoomOut} onClick={() => stage.current?.zoomBy(0.8)}>
          <Minus size={15} />
        </button>
        <button type="button" className="button button--icon" aria-label={t.fit} title={t.fit} onClick={() => stage.current?.fit()}>
          <Maximize size={15} />
        </button>
      </div>
      <Minimap ref={minimap} onGo={go} />
    </div>
  );
}

function Pointed({ scene: { graph, drawing, look }, box, x, y }: { scene: Scene; box: number; x: number; y: number }) {
  const node = drawing.boxes[box]?.node;
  const shown = look.shown[box];
  if (node === undefined) return null;
  return (
    <div className="tip graph__tip" style={{ left: x + 12, top: y + 16 }} role="tooltip">
      <p>
        <strong>{nodeId(graph, node)}</strong>
      </p>
      {isTask(graph, node) && <p className="celltip__dim">{graph.operators[graph.operator[node] ?? 0]}</p>}
      {shown && (
        <p className="row">
          <StateIcon state={shown.state} /> {stateText(shown.state)}
        </p>
      )}
    </div>
  );
}
