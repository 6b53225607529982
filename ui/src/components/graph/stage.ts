/**
 * The canvas and its camera, without React: pointer, wheel and keys move the camera, a frame is painted only when something changed.
 *
 * A large drawing is painted into a picture somewhat larger than the canvas; moving the camera then only moves that picture, and
 * zooming scales it until the movement rests.
 */

import type { Graph } from "../../services/graph";
import { HitIndex } from "./hit";
import { type Colors, isGroup, lineKey, type Look, nodeId } from "./look";
import { type Camera, paint } from "./paint";
import type { Drawing } from "./place";

/** Boxes and lines from which on frames are made of the picture. */
const LARGE = 2_500;
/** The picture reaches so far beyond each edge, in parts of the canvas. */
const MARGIN = 0.35;
/** Milliseconds of rest after which a scaled picture is painted anew. */
const REST = 120;
const LARGEST_SCALE = 2;
/** Least scale of a first look at everything, and the scale of one at the beginning. */
const READABLE = 0.28;
const FIRST = 0.6;
const EDGE = 32;
/** The corner of a group that folds it. */
const SIGN = { w: 26, h: 28 } as const;

export type Scene = { graph: Graph; drawing: Drawing; look: Look; colors: Colors };
export type Told = {
  onSelect: (node: number) => void;
  onToggle: (node: number) => void;
  /** Number of the box under the pointer, -1 = none, and where the pointer is in the canvas. */
  onPoint: (box: number, x: number, y: number) => void;
  onCamera: (camera: Camera, width: number, height: number) => void;
};
/** What is on the canvas, for tests: read from the element. */
export type Drawn = {
  nodes: { id: string; state: string | null; x: number; y: number; w: number; h: number; isLit: boolean; isFound: boolean }[];
  lines: number;
  frames: number;
  scale: number;
};
export type GraphElement = HTMLCanvasElement & { drawn?: () => Drawn };

export class Stage {
  private camera: Camera = { x: 0, y: 0, scale: 1 };
  private scene: Scene | null = null;
  private hits = new HitIndex([]);
  private width = 0;
  private height = 0;
  private frame = 0;
  private frames = 0;
  private rest: number | undefined;
  private readonly picture = document.createElement("canvas");
  private pictureCamera: Camera | null = null;
  private pointers = new Map<number, { x: number; y: number }>();
  private isDragged = false;
  private readonly observer: ResizeObserver;
  private readonly abort = new AbortController();

  constructor(
    private readonly canvas: GraphElement,
    private readonly told: Told,
  ) {
    const at = { signal: this.abort.signal };
    canvas.addEventListener("pointerdown", this.onDown, at);
    canvas.addEventListener("pointermove", this.onMove, at);
    canvas.addEventListener("pointerup", this.onUp, at);
    canvas.addEventListener("pointercancel", this.onUp, at);
    canvas.addEventListener("pointerleave", () => this.told.onPoint(-1, 0, 0), at);
    canvas.addEventListener("dblclick", this.onDouble, at);
    canvas.addEventListener("wheel", this.onWheel, { ...at, passive: false });
    canvas.addEventListener("keydown", this.onKey, at);
    canvas.drawn = this.drawn;
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(canvas);
  }

  stop(): void {
    this.abort.abort();
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    window.clearTimeout(this.rest);
    delete this.canvas.drawn;
  }

  /** A new drawing, or the same one with another look. `anchor`: a node that stays where it is on the screen. */
  show(scene: Scene, anchor = -1): void {
    const before = this.scene;
    this.scene = scene;
    this.pictureCamera = null;
    if (before?.drawing !== scene.drawing) {
      this.hits = new HitIndex(scene.drawing.boxes);
      const old = before?.drawing.boxes.find((box) => box.node === anchor);
      const now = scene.drawing.boxes.find((box) => box.node === anchor);
      if (old && now) {
        this.camera.x += now.x - old.x;
        this.camera.y += now.y - old.y;
        this.changed();
      } else this.begin();
    } else this.ask();
  }

  /** The first look: all of it, or its beginning where all of it would be too small to be read. */
  private begin(): void {
    this.fit();
    const { drawing } = this.scene ?? {};
    if (!drawing || !this.width || this.camera.scale >= READABLE) return;
    const scale = FIRST;
    const [w, h] = [this.width / scale, this.height / scale];
    const isTall = drawing.height > h;
    const isWide = drawing.width > w;
    const x = isWide ? (drawing.direction === "RL" ? drawing.width - w + EDGE / scale : -EDGE / scale) : (drawing.width - w) / 2;
    const y = isTall ? (drawing.direction === "BT" ? drawing.height - h + EDGE / scale : -EDGE / scale) : (drawing.height - h) / 2;
    // Along the layers at their beginning, across them in their middle.
    const isAcross = drawing.direction === "LR" || drawing.direction === "RL";
    this.camera = { scale, x: isAcross || !isWide ? x : (drawing.width - w) / 2, y: !isAcross || !isTall ? y : (drawing.height - h) / 2 };
    this.changed();
  }

  fit = (): void => {
    const drawing = this.scene?.drawing;
    if (!drawing || !this.width) return;
    const scale = Math.min(1, (this.width - 2 * EDGE) / Math.max(1, drawing.width), (this.height - 2 * EDGE) / Math.max(1, drawing.height));
    this.camera = { scale: Math.max(scale, 0.0005), x: drawing.width / 2 - this.width / 2 / scale, y: drawing.height / 2 - this.height / 2 / scale };
    this.changed();
  };

  zoomBy(factor: number, x = this.width / 2, y = this.height / 2): void {
    const { camera, scene } = this;
    if (!scene) return;
    const least = Math.min(0.05, (0.5 * this.width) / Math.max(1, scene.drawing.width), (0.5 * this.height) / Math.max(1, scene.drawing.height));
    const scale = Math.max(least, Math.min(LARGEST_SCALE, camera.scale * factor));
    this.camera = { scale, x: camera.x + x / camera.scale - x / scale, y: camera.y + y / camera.scale - y / scale };
    this.changed();
  }

  moveBy(dx: number, dy: number): void {
    this.camera = { ...this.camera, x: this.camera.x - dx / this.camera.scale, y: this.camera.y - dy / this.camera.scale };
    this.changed();
  }

  /** Puts a point of the drawing into the middle. */
  centre(x: number, y: number, scale = this.camera.scale): void {
    this.camera = { scale, x: x - this.width / 2 / scale, y: y - this.height / 2 / scale };
    this.changed();
  }

  /** Brings a node into sight, large enough to be read; one that is in sight stays where it is. */
  reveal(node: number): void {
    const box = this.scene?.drawing.boxes.find((one) => one.node === node);
    if (!box) return;
    const scale = Math.max(this.camera.scale, 0.7);
    const { x, y } = this.camera;
    const isInSight = scale === this.camera.scale && box.x >= x && box.y >= y && box.x + box.w <= x + this.width / scale && box.y + box.h <= y + this.height / scale;
    if (!isInSight) this.centre(box.x + box.w / 2, box.y + box.h / 2, scale);
  }

  private readonly drawn = (): Drawn => {
    const { scene, camera } = this;
    const boxes = scene?.drawing.boxes ?? [];
    return {
      nodes: boxes.map((box, i) => ({
        id: (scene && isGroup(scene.graph, box.node) ? "group:" : "") + (scene ? nodeId(scene.graph, box.node) : ""),
        state: scene?.look.shown[i]?.state ?? null,
        x: (box.x - camera.x) * camera.scale,
        y: (box.y - camera.y) * camera.scale,
        w: box.w * camera.scale,
        h: box.h * camera.scale,
        isLit: scene?.look.litBoxes.has(i) ?? false,
        isFound: scene?.look.found?.has(i) ?? false,
      })),
      lines: scene?.drawing.lines.length ?? 0,
      frames: this.frames,
      scale: camera.scale,
    };
  };

  private changed(): void {
    this.told.onCamera(this.camera, this.width, this.height);
    this.ask();
  }

  private ask(): void {
    if (!this.frame) this.frame = requestAnimationFrame(this.draw);
  }

  private resize(): void {
    const isFirst = this.width === 0;
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth || !clientHeight) return;
    this.width = clientWidth;
    this.height = clientHeight;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    this.pictureCamera = null;
    if (isFirst) this.begin();
    // A canvas that was resized is empty until it is painted: at once, so that nothing flickers.
    cancelAnimationFrame(this.frame);
    this.draw();
    this.told.onCamera(this.camera, this.width, this.height);
  }

  private readonly draw = (): void => {
    this.frame = 0;
    const pen = this.canvas.getContext("2d", { alpha: false });
    const { scene, camera, width, height } = this;
    if (!pen || !scene || !width) return;
    const ratio = this.canvas.width / width;
    this.frames++;
    this.canvas.dataset.nodes = String(scene.drawing.boxes.length);
    if (scene.drawing.boxes.length + scene.drawing.lines.length < LARGE) {
      paint(pen, scene, camera, width, height, ratio);
      return;
    }
    const old = this.pictureCamera;
    const isZooming = old !== null && old.scale !== camera.scale && this.rest !== undefined;
    if (!old || (old.scale !== camera.scale && !isZooming) || (!isZooming && !this.covers(old))) this.paintPicture(scene, ratio);
    else if (isZooming && !this.covers(old) && camera.scale < old.scale * 0.5) this.paintPicture(scene, ratio);
    const from = this.pictureCamera ?? camera;
    const zoom = camera.scale / from.scale;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = scene.colors.paper;
    pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    pen.drawImage(
      this.picture,
      (from.x - camera.x) * camera.scale * ratio,
      (from.y - camera.y) * camera.scale * ratio,
      this.picture.width * zoom,
      this.picture.height * zoom,
    );
  };

  private covers(from: Camera): boolean {
    const { camera, width, height } = this;
    const w = (width * (1 + 2 * MARGIN)) / from.scale;
    const h = (height * (1 + 2 * MARGIN)) / from.scale;
    return camera.x >= from.x && camera.y >= from.y && camera.x + width / camera.scale <= from.x + w && camera.y + height / camera.scale <= from.y + h;
  }

  private paintPicture(scene: Scene, ratio: number): void {
    const { camera, width, height, picture } = this;
    const w = width * (1 + 2 * MARGIN);
    const h = height * (1 + 2 * MARGIN);
    if (picture.width !== Math.round(w * ratio) || picture.height !== Math.round(h * ratio)) {
      picture.width = Math.round(w * ratio);
      picture.height = Math.round(h * ratio);
    }
    const pen = picture.getContext("2d", { alpha: false });
    if (!pen) return;
    this.pictureCamera = { scale: camera.scale, x: camera.x - (width * MARGIN) / camera.scale, y: camera.y - (height * MARGIN) / camera.scale };
    paint(pen, scene, this.pictureCamera, w, h, ratio);
  }

  // ---- pointer, wheel, keys ----------------------------------------------------------------------------------------------

  private place(event: MouseEvent): { x: number; y: number } {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private hit({ x, y }: { x: number; y: number }): number {
    return this.hits.at(this.camera.x + x / this.camera.scale, this.camera.y + y / this.camera.scale);
  }

  private readonly onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    this.pointers.set(event.pointerId, this.place(event));
    this.isDragged = this.pointers.size > 1;
    this.canvas.setPointerCapture(event.pointerId);
  };

  private readonly onMove = (event: PointerEvent): void => {
    const now = this.place(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      const box = this.hit(now);
      this.canvas.style.cursor = box < 0 ? "grab" : "pointer";
      this.told.onPoint(box, now.x, now.y);
      return;
    }
    if (!this.isDragged && Math.hypot(now.x - before.x, now.y - before.y) < 4) return;
    this.isDragged = true;
    this.told.onPoint(-1, 0, 0);
    this.canvas.style.cursor = "grabbing";
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    if (other) {
      const factor = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      this.zooming(factor, (now.x + other.x) / 2, (now.y + other.y) / 2);
    } else this.moveBy(now.x - before.x, now.y - before.y);
  };

  private readonly onUp = (event: PointerEvent): void => {
    if (!this.pointers.delete(event.pointerId)) return;
    this.canvas.style.cursor = "grab";
    if (this.isDragged || event.type === "pointercancel") return;
    const at = this.place(event);
    const box = this.scene?.drawing.boxes[this.hit(at)];
    if (!box || !this.scene) {
      this.told.onSelect(-1);
      return;
    }
    const [x, y] = [this.camera.x + at.x / this.camera.scale - box.x, this.camera.y + at.y / this.camera.scale - box.y];
    const isOnSign = x < SIGN.w && y < SIGN.h;
    if (isGroup(this.scene.graph, box.node) && isOnSign) this.told.onToggle(box.node);
    else this.told.onSelect(box.node);
  };

  private readonly onDouble = (event: MouseEvent): void => {
    const box = this.scene?.drawing.boxes[this.hit(this.place(event))];
    if (box && this.scene && isGroup(this.scene.graph, box.node)) this.told.onToggle(box.node);
  };

  private readonly onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    const at = this.place(event);
    if (event.shiftKey) this.moveBy(-event.deltaY, 0);
    else this.zooming(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), at.x, at.y);
  };

  /** Zooms; a large drawing is painted anew when this rests. */
  private zooming(factor: number, x: number, y: number): void {
    window.clearTimeout(this.rest);
    this.rest = window.setTimeout(() => {
      this.rest = undefined;
      this.ask();
    }, REST);
    this.zoomBy(factor, x, y);
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 80;
    const act: Record<string, () => void> = {
      ArrowLeft: () => this.moveBy(step, 0),
      ArrowRight: () => this.moveBy(-step, 0),
      ArrowUp: () => this.moveBy(0, step),
      ArrowDown: () => this.moveBy(0, -step),
      "+": () => this.zoomBy(1.25),
      "=": () => this.zoomBy(1.25),
      "-": () => this.zoomBy(0.8),
      "0": this.fit,
    };
    const found = act[event.key];
    if (!found) return;
    event.preventDefault();
    found();
  };
}

/** The lines and boxes of a way through the drawing; a way inside one box is no line. */
export function litWay(drawing: Drawing, nodes: number[]): { boxes: Set<number>; lines: Set<string> } {
  const boxes = new Set<number>();
  const lines = new Set<string>();
  nodes.forEach((node, i) => {
    const at = drawing.shownAs[node] ?? -1;
    if (at < 0) return;
    boxes.add(at);
    const next = nodes[i + 1];
    const to = next === undefined ? -1 : (drawing.shownAs[next] ?? -1);
    if (to >= 0 && to !== at) lines.add(lineKey(at, to));
  });
  return { boxes, lines };
}
