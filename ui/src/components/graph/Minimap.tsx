import { type PointerEvent, type Ref, useImperativeHandle, useRef } from "react";

import { graphWords } from "../../words/graph";
import type { Camera } from "./paint";
import type { Scene } from "./stage";

const WIDTH = 176;
const HEIGHT = 112;
/** Milliseconds between two paintings: states may change many times a second. */
const EVERY = 250;

export type MinimapHandle = { show: (scene: Scene) => void; frame: (camera: Camera, width: number, height: number) => void };

/** The whole drawing in small, and in it the part on the canvas. A click or a drag goes there. */
export function Minimap({ onGo, ref }: { onGo: (x: number, y: number) => void; ref: Ref<MinimapHandle> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const scene = useRef<Scene | null>(null);
  const camera = useRef<[Camera, number, number] | null>(null);
  const timer = useRef<number | undefined>(undefined);

  const measure = () => {
    const drawing = scene.current?.drawing;
    const scale = drawing ? Math.min((WIDTH - 8) / Math.max(1, drawing.width), (HEIGHT - 8) / Math.max(1, drawing.height), 0.25) : 1;
    return { scale, left: (WIDTH - (drawing?.width ?? 0) * scale) / 2, top: (HEIGHT - (drawing?.height ?? 0) * scale) / 2 };
  };
  const showFrame = () => {
    if (!frame.current || !camera.current) return;
    const [{ x, y, scale: zoom }, w, h] = camera.current;
    const { scale, left, top } = measure();
    const edge = (value: number, most: number) => Math.max(0, Math.min(most, value));
    const x1 = edge(left + x * scale, WIDTH);
    const y1 = edge(top + y * scale, HEIGHT);
    const x2 = edge(left + (x + w / zoom) * scale, WIDTH);
    const y2 = edge(top + (y + h / zoom) * scale, HEIGHT);
    Object.assign(frame.current.style, { transform: `translate(${x1}px, ${y1}px)`, width: `${x2 - x1}px`, height: `${y2 - y1}px` });
  };
  const paintAll = () => {
    const pen = canvas.current?.getContext("2d");
    if (!pen || !scene.current || !canvas.current) return;
    const { drawing, look, colors } = scene.current;
    const { scale, left, top } = measure();
    const ratio = window.devicePixelRatio || 1;
    canvas.current.width = WIDTH * ratio;
    canvas.current.height = HEIGHT * ratio;
    pen.scale(ratio, ratio);
    drawing.boxes.forEach((box, i) => {
      const shown = look.shown[i];
      pen.fillStyle = box.isOpen ? colors.sunken : shown ? colors.state[shown.state] : colors.lineStrong;
      pen.fillRect(left + box.x * scale, top + box.y * scale, Math.max(0.75, box.w * scale), Math.max(0.75, box.h * scale));
    });
  };
  useImperativeHandle(ref, () => ({
    show: (next) => {
      const isNew = scene.current?.drawing !== next.drawing;
      scene.current = next;
      if (isNew) paintAll();
      else if (timer.current === undefined)
        timer.current = window.setTimeout(() => {
          timer.current = undefined;
          paintAll();
        }, EVERY);
      showFrame();
    },
    frame: (...next) => {
      camera.current = next;
      showFrame();
    },
  }));
  const go = (event: PointerEvent<HTMLDivElement>) => {
    if (!(event.buttons & 1)) return;
    const box = event.currentTarget.getBoundingClientRect();
    const { scale, left, top } = measure();
    onGo((event.clientX - box.left - left) / scale, (event.clientY - box.top - top) / scale);
  };
  return (
    <div
      className="minimap"
      aria-hidden="true"
      title={graphWords.minimap}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={go}
    >
      <canvas ref={canvas} style={{ width: WIDTH, height: HEIGHT }} />
      <div ref={frame} className="minimap__frame" />
    </div>
  );
}
