/** Draws on a canvas, in three degrees of detail: everything; boxes with their states; dots. */

import type { Graph } from "../../services/graph";
import type { TaskState } from "../../services/types";
import { ordered } from "../grid/model";
import { type Colors, hasFlag, isGroup, isTask, lineKey, type Look, type Shown, wordsOf } from "./look";
import { MARKS } from "./marks";
import type { Box, Direction, Drawing, Line } from "./place";

export type Camera = { x: number; y: number; scale: number };

/** Scales from which on words, and boxes, can be told apart. */
export const WORDS_FROM = 0.45;
export const BOXES_FROM = 0.16;
/** Between them names are as large as on the screen, on boxes from this scale on. */
const NAMES_FROM = 0.28;
/** Lines beyond this are drawn straight and thin when the drawing is small. */
const MANY_LINES = 2_000;

type Pen = CanvasRenderingContext2D;
type Scene = { graph: Graph; drawing: Drawing; look: Look; colors: Colors };

/** Paints what lies in the rectangle of the camera (world units at its left upper corner), `w` × `h` pixels of the screen. */
export function paint(pen: Pen, scene: Scene, camera: Camera, w: number, h: number, ratio: number): void {
  const { drawing, colors } = scene;
  const { scale } = camera;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = colors.paper;
  pen.fillRect(0, 0, w, h);
  pen.setTransform(ratio * scale, 0, 0, ratio * scale, -camera.x * scale * ratio, -camera.y * scale * ratio);
  const [left, top, right, bottom] = [camera.x, camera.y, camera.x + w / scale, camera.y + h / scale];
  const inSight = (box: Box) => box.x < right && box.y < bottom && box.x + box.w > left && box.y + box.h > top;
  const boxes: number[] = [];
  drawing.boxes.forEach((box, i) => {
    if (inSight(box)) boxes.push(i);
  });
  const lines = drawing.lines.filter((line) => lineInSight(line, left, top, right, bottom));
  for (const i of boxes) if (drawing.boxes[i]?.isOpen) paintOpenGroup(pen, scene, i, scale);
  paintLines(pen, scene, lines, scale);
  const closed = boxes.filter((i) => !drawing.boxes[i]?.isOpen);
  if (scale < BOXES_FROM) paintDots(pen, scene, closed, scale);
  else for (const i of closed) paintBox(pen, scene, i, scale);
}

function lineInSight({ points }: Line, left: number, top: number, right: number, bottom: number): boolean {
  let [x1, y1, x2, y2] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i] ?? 0;
    const y = points[i + 1] ?? 0;
    x1 = Math.min(x1, x);
    x2 = Math.max(x2, x);
    y1 = Math.min(y1, y);
    y2 = Math.max(y2, y);
  }
  return x1 <= right && x2 >= left && y1 <= bottom && y2 >= top;
}

function paintLines(pen: Pen, { drawing, look, colors }: Scene, lines: Line[], scale: number): void {
  const isThin = scale < BOXES_FROM && lines.length > MANY_LINES;
  pen.lineWidth = isThin ? 0.6 / scale : Math.max(1.25, 0.75 / scale);
  pen.strokeStyle = colors.lineStrong;
  pen.globalAlpha = isThin ? 0.35 : look.found || look.litLines.size ? 0.55 : 1;
  pen.beginPath();
  const lit: Line[] = [];
  const near: Line[] = [];
  for (const line of lines) {
    if (look.litLines.has(lineKey(line.from, line.to))) lit.push(line);
    else if (line.from === look.selected || line.to === look.selected || line.from === look.pointed || line.to === look.pointed) near.push(line);
    else trace(pen, line, drawing.direction, isThin);
  }
  pen.stroke();
  pen.globalAlpha = 1;
  for (const [some, color, width] of [
    [near, colors.ink3, 1.75],
    [lit, colors.accent, 3],
  ] as const) {
    if (!some.length) continue;
    pen.strokeStyle = color;
    pen.lineWidth = Math.max(width, 1.5 / scale);
    pen.beginPath();
    for (const line of some) trace(pen, line, drawing.direction, false);
    pen.stroke();
  }
  if (scale < BOXES_FROM) return;
  pen.fillStyle = colors.lineStrong;
  for (const line of lines) arrow(pen, line, drawing.direction, look.litLines.has(lineKey(line.from, line.to)) ? colors.accent : colors.lineStrong);
  if (scale < WORDS_FROM) return;
  pen.font = `11px ${colors.sans}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (const line of lines) {
    if (!line.label) continue;
    const [x, y] = middle(line);
    const wide = pen.measureText(line.label).width + 8;
    pen.fillStyle = colors.paper;
    pen.fillRect(x - wide / 2, y - 8, wide, 16);
    pen.fillStyle = colors.ink2;
    pen.fillText(line.label, x, y);
  }
}

function trace(pen: Pen, { points }: Line, direction: Direction, isStraight: boolean): void {
  pen.moveTo(points[0] ?? 0, points[1] ?? 0);
  if (isStraight) {
    pen.lineTo(points.at(-2) ?? 0, points.at(-1) ?? 0);
    return;
  }
  for (let i = 2; i < points.length; i += 2) pen.bezierCurveTo(...curve(points, i, direction));
}

/** The curve that ends at point i: it leaves and arrives along the layers. */
export function curve(points: number[], i: number, direction: Direction): [number, number, number, number, number, number] {
  const [x1, y1, x2, y2] = [points[i - 2] ?? 0, points[i - 1] ?? 0, points[i] ?? 0, points[i + 1] ?? 0];
  if (direction === "LR" || direction === "RL") {
    const half = (x2 - x1) / 2;
    return [x1 + half, y1, x2 - half, y2, x2, y2];
  }
  const half = (y2 - y1) / 2;
  return [x1, y1 + half, x2, y2 - half, x2, y2];
}

function arrow(pen: Pen, { points }: Line, direction: Direction, color: string): void {
  const [x, y] = [points.at(-2) ?? 0, points.at(-1) ?? 0];
  const [dx, dy] = { LR: [-6, 0], RL: [6, 0], TB: [0, -6], BT: [0, 6] }[direction] as [number, number];
  pen.fillStyle = color;
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x + dx + dy * 0.6, y + dy + dx * 0.6);
  pen.lineTo(x + dx - dy * 0.6, y + dy - dx * 0.6);
  pen.fill();
}

export function middle({ points }: Line): [number, number] {
  const half = Math.floor(points.length / 4) * 2;
  if (points.length % 4 === 2) return [points[half] ?? 0, points[half + 1] ?? 0];
  return [((points[half - 2] ?? 0) + (points[half] ?? 0)) / 2, ((points[half - 1] ?? 0) + (points[half + 1] ?? 0)) / 2];
}

function paintOpenGroup(pen: Pen, { graph, drawing, look, colors }: Scene, i: number, scale: number): void {
  const box = drawing.boxes[i];
  if (!box) return;
  pen.globalAlpha = 1;
  pen.fillStyle = box.depth % 2 ? colors.surface : colors.sunken;
  pen.strokeStyle = i === look.selected ? colors.accent : colors.lineStrong;
  pen.lineWidth = i === look.selected ? 2 : 1;
  pen.beginPath();
  pen.roundRect(box.x, box.y, box.w, box.h, 8);
  pen.fill();
  pen.stroke();
  if (scale < 0.25) return;
  pen.fillStyle = colors.ink2;
  pen.font = `600 12px ${colors.sans}`;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  chevron(pen, box.x + 14, box.y + 15, true, colors.ink3);
  pen.fillText(cut(pen, wordsOf(graph, box.node).name, box.w - 40), box.x + 24, box.y + 15);
}

function paintDots(pen: Pen, { drawing, look, colors }: Scene, boxes: number[], scale: number): void {
  const byColor = new Map<string, number[]>();
  for (const i of boxes) {
    const shown = look.shown[i];
    const color = shown ? colors.state[shown.state] : colors.lineStrong;
    const some = byColor.get(color);
    if (some) some.push(i);
    else byColor.set(color, [i]);
  }
  for (const [color, some] of byColor) {
    pen.fillStyle = color;
    for (const i of some) {
      const box = drawing.boxes[i];
      if (!box) continue;
      pen.globalAlpha = look.found && !look.found.has(i) ? 0.2 : 1;
      pen.fillRect(box.x, box.y, box.w, box.h);
    }
  }
  pen.globalAlpha = 1;
  const marked = boxes.filter((i) => i === look.selected || look.litBoxes.has(i));
  pen.strokeStyle = colors.accent;
  pen.lineWidth = 2.5 / scale;
  for (const i of marked) {
    const box = drawing.boxes[i];
    if (box) pen.strokeRect(box.x, box.y, box.w, box.h);
  }
}

const marks = new Map<TaskState, Path2D>();

function mark(state: TaskState): Path2D {
  let path = marks.get(state);
  if (!path) {
    path = new Path2D(MARKS[state]);
    marks.set(state, path);
  }
  return path;
}

function paintBox(pen: Pen, scene: Scene, i: number, scale: number): void {
  const { graph, drawing, look, colors } = scene;
  const box = drawing.boxes[i];
  if (!box) return;
  const shown = look.shown[i] ?? null;
  const isFaint = look.found !== null && !look.found.has(i);
  pen.globalAlpha = isFaint ? 0.25 : 1;
  const isPlain = isTask(graph, box.node) || isGroup(graph, box.node);
  pen.beginPath();
  pen.roundRect(box.x, box.y, box.w, box.h, isPlain ? 6 : box.h / 2);
  pen.fillStyle = i === look.pointed || look.found?.has(i) ? colors.accentSoft : isPlain ? colors.surface : colors.sunken;
  pen.fill();
  const isMarked = i === look.selected || look.litBoxes.has(i);
  pen.strokeStyle = isMarked ? colors.accent : shown ? colors.state[shown.state] : colors.lineStrong;
  pen.lineWidth = isMarked ? 2.5 : shown ? 1.5 : 1;
  if (!isPlain) pen.setLineDash([4, 3]);
  pen.stroke();
  pen.setLineDash([]);
  const hasWords = scale >= WORDS_FROM;
  if (isTask(graph, box.node)) paintTask(pen, scene, box, shown, hasWords, scale);
  else if (isGroup(graph, box.node)) paintGroup(pen, scene, box, shown, hasWords, scale);
  else if (hasWords) paintExtra(pen, scene, box);
  else if (scale >= NAMES_FROM) paintName(pen, colors, wordsOf(graph, box.node).name, box, scale, colors.ink2);
  pen.globalAlpha = 1;
}

/** A name over the whole box, of one size on the screen at every scale. */
function paintName(pen: Pen, colors: Colors, name: string, box: Box, scale: number, color: string): void {
  // In steps, so that the widths of texts are measured for a few sizes only.
  const size = Math.round(10.5 / scale / 2) * 2;
  pen.font = `600 ${size}px ${colors.sans}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = color;
  pen.globalAlpha = Math.min(1, pen.globalAlpha * 1.2);
  pen.fillText(cut(pen, name, box.w - 12), box.x + box.w / 2, box.y + box.h / 2 + size / 20);
}

function paintTask(pen: Pen, { graph, colors }: Scene, box: Box, shown: Shown | null, hasWords: boolean, scale: number): void {
  if (shown) {
    pen.fillStyle = colors.state[shown.state];
    if (hasWords) paintState(pen, colors, shown.state, box.x + 20, box.y + box.h / 2);
    else {
      pen.globalAlpha *= 0.85;
      pen.fillRect(box.x + 2, box.y + 2, box.w - 4, box.h - 4);
    }
  }
  if (!hasWords) {
    if (scale >= NAMES_FROM) paintName(pen, colors, wordsOf(graph, box.node).name, box, scale, shown ? colors.on : colors.ink);
    return;
  }
  const left = box.x + (shown ? 38 : 14);
  const { name, kind } = wordsOf(graph, box.node);
  const count = shown?.counts ? ` [${shown.total}]` : hasFlag(graph, box.node, "mapped") ? " [ ]" : "";
  const right = shown && shown.tries > 1 ? 34 : 12;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = colors.ink;
  pen.font = `600 12px ${colors.sans}`;
  pen.fillText(cut(pen, name + count, box.x + box.w - right - left), left, box.y + 14);
  pen.fillStyle = colors.ink3;
  pen.font = `11px ${colors.sans}`;
  const role = hasFlag(graph, box.node, "setup") ? "↥ setup · " : hasFlag(graph, box.node, "teardown") ? "↧ teardown · " : "";
  pen.fillText(cut(pen, role + kind, box.x + box.w - 12 - left), left, box.y + 28);
  if (shown && shown.tries > 1) {
    pen.fillStyle = colors.ink2;
    pen.textAlign = "right";
    pen.fillText(`×${shown.tries}`, box.x + box.w - 10, box.y + 14);
  }
  if (shown?.counts) paintShares(pen, colors, shown, box.x + 6, box.y + box.h - 5, box.w - 12);
}

function paintGroup(pen: Pen, { graph, colors }: Scene, box: Box, shown: Shown | null, hasWords: boolean, scale: number): void {
  if (shown) paintShares(pen, colors, shown, box.x + 8, box.y + box.h - 12, box.w - 16, 6);
  if (!hasWords) {
    if (scale >= NAMES_FROM) paintName(pen, colors, wordsOf(graph, box.node).name, { ...box, h: box.h - 10 }, scale, colors.ink);
    return;
  }
  const group = graph.groups[box.node - graph.tasks.length];
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = colors.ink;
  pen.font = `600 12px ${colors.sans}`;
  chevron(pen, box.x + 16, box.y + 16, false, colors.ink3);
  pen.fillText(cut(pen, (group?.label ?? "") + (group?.is_mapped ? " [ ]" : ""), box.w - 40), box.x + 26, box.y + 16);
  if (shown) {
    pen.fillStyle = colors.ink3;
    pen.font = `11px ${colors.sans}`;
    const parts = ordered(shown.counts ?? {}).slice(0, 3);
    let x = box.x + 26;
    for (const [state, n] of parts) {
      const text = n.toLocaleString();
      paintState(pen, colors, state, x + 6, box.y + 33, 12);
      pen.fillStyle = colors.ink2;
      pen.textAlign = "left";
      pen.fillText(text, x + 16, box.y + 33.5);
      x += 24 + pen.measureText(text).width;
    }
  }
}

function paintExtra(pen: Pen, { graph, colors }: Scene, box: Box): void {
  const { name, kind } = wordsOf(graph, box.node);
  const sign = new Path2D(kind === "dag" ? "M4 6h6v5H4zM14 13h6v5h-6zM10 8.500h4a3 3 0 0 1 3 3V13" : "M12 4l7 4v8l-7 4-7-4V8zM5 8l7 4 7-4M12 12v8");
  pen.save();
  pen.translate(box.x + 10, box.y + box.h / 2 - 8);
  pen.scale(16 / 24, 16 / 24);
  pen.strokeStyle = colors.ink3;
  pen.lineWidth = 2;
  pen.stroke(sign);
  pen.restore();
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = colors.ink2;
  pen.font = `12px ${colors.sans}`;
  pen.fillText(cut(pen, name, box.w - 44), box.x + 32, box.y + box.h / 2 + 0.5);
}

/** Slices as long as their share of the instances. */
function paintShares(pen: Pen, colors: Colors, shown: Shown, x: number, y: number, w: number, h = 3): void {
  const least = 2;
  const parts = ordered(shown.counts ?? { [shown.state]: 1 });
  const free = w - least * parts.length;
  let at = x;
  for (const [state, n] of parts) {
    const wide = least + (free * n) / Math.max(1, shown.total);
    pen.fillStyle = colors.state[state];
    pen.fillRect(at, y, wide, h);
    at += wide;
  }
}

function paintState(pen: Pen, colors: Colors, state: TaskState, x: number, y: number, size = 20): void {
  pen.fillStyle = colors.state[state];
  pen.beginPath();
  pen.roundRect(x - size / 2, y - size / 2, size, size, size / 5);
  pen.fill();
  const inner = size * 0.7;
  pen.save();
  pen.translate(x - inner / 2, y - inner / 2);
  pen.scale(inner / 24, inner / 24);
  pen.strokeStyle = colors.on;
  pen.fillStyle = colors.on;
  pen.lineWidth = 3.5;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.stroke(mark(state));
  if (state === "running") pen.fill(mark(state));
  pen.restore();
}

function chevron(pen: Pen, x: number, y: number, isOpen: boolean, color: string): void {
  pen.strokeStyle = color;
  pen.lineWidth = 1.5;
  pen.beginPath();
  if (isOpen) {
    pen.moveTo(x - 4, y - 2);
    pen.lineTo(x, y + 2);
    pen.lineTo(x + 4, y - 2);
  } else {
    pen.moveTo(x - 2, y - 4);
    pen.lineTo(x + 2, y);
    pen.lineTo(x - 2, y + 4);
  }
  pen.stroke();
}

const cuts = new Map<string, string>();

/** The text with its middle cut out where it is too long; ends tell more apart than beginnings. */
function cut(pen: Pen, text: string, width: number): string {
  const key = `${pen.font}\0${Math.round(width)}\0${text}`;
  let found = cuts.get(key);
  if (found === undefined) {
    found = text;
    let keep = text.length;
    while (keep > 3 && pen.measureText(found).width > width) {
      keep = Math.min(keep - 1, Math.floor((keep * width) / pen.measureText(found).width));
      const head = Math.ceil(keep * 0.6);
      found = `${text.slice(0, head)}…${text.slice(text.length - (keep - head))}`;
    }
    if (cuts.size > 30_000) cuts.clear();
    cuts.set(key, found);
  }
  return found;
}
