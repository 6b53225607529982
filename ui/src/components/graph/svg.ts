/** The whole drawing as a picture: SVG text, or a PNG made by the canvas. */

import type { Graph } from "../../services/graph";
import { graphWords } from "../../words/graph";
import { ordered } from "../grid/model";
import { type Colors, isGroup, isTask, lineKey, type Look, nodeId, wordsOf } from "./look";
import { MARKS } from "./marks";
import { curve, middle, paint } from "./paint";
import type { Drawing } from "./place";

const MARGIN = 24;
/** Most pixels of an edge of a PNG, and of all of it: what browsers still make. */
const LONGEST = 16_000;
const MOST_PIXELS = 120_000_000;

type Scene = { graph: Graph; drawing: Drawing; look: Look; colors: Colors };

const escape = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const cut = (text: string, length: number) => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);

export function toSvg({ graph, drawing, look, colors }: Scene): string {
  const parts: string[] = [];
  const text = (x: number, y: number, words: string, size: number, color: string, weight = 400, anchor = "start") =>
    parts.push(`<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${color}" text-anchor="${anchor}">${escape(words)}</text>`);
  const rect = (x: number, y: number, w: number, h: number, r: number, fill: string, stroke: string, width = 1) =>
    parts.push(`<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="${r}" fill="${fill}" stroke="${stroke}" stroke-width="${width}"/>`);
  for (const box of drawing.boxes) {
    if (!box.isOpen) continue;
    rect(box.x, box.y, box.w, box.h, 8, box.depth % 2 ? colors.surface : colors.sunken, colors.lineStrong);
    text(box.x + 14, box.y + 19, wordsOf(graph, box.node).name, 12, colors.ink2, 600);
  }
  for (const line of drawing.lines) {
    const isLit = look.litLines.has(lineKey(line.from, line.to));
    let path = `M${line.points[0]} ${line.points[1]}`;
    for (let i = 2; i < line.points.length; i += 2) path += `C${curve(line.points, i, drawing.direction).join(" ")}`;
    parts.push(`<path d="${path}" fill="none" stroke="${isLit ? colors.accent : colors.lineStrong}" stroke-width="${isLit ? 3 : 1.25}" marker-end="url(#end)"/>`);
    if (line.label) {
      const [x, y] = middle(line);
      text(x, y + 4, line.label, 11, colors.ink2, 400, "middle");
    }
  }
  drawing.boxes.forEach((box, i) => {
    if (box.isOpen) return;
    const shown = look.shown[i] ?? null;
    const { name, kind } = wordsOf(graph, box.node);
    const isPlain = isTask(graph, box.node) || isGroup(graph, box.node);
    parts.push(`<g><title>${escape(nodeId(graph, box.node))}</title>`);
    rect(box.x, box.y, box.w, box.h, isPlain ? 6 : box.h / 2, isPlain ? colors.surface : colors.sunken, look.litBoxes.has(i) ? colors.accent : shown ? colors.state[shown.state] : colors.lineStrong, look.litBoxes.has(i) ? 2.5 : 1.5);
    if (isTask(graph, box.node)) {
      const left = box.x + (shown ? 38 : 14);
      if (shown) {
        rect(box.x + 10, box.y + box.h / 2 - 10, 20, 20, 4, colors.state[shown.state], "none");
        parts.push(`<path transform="translate(${box.x + 13} ${box.y + box.h / 2 - 7}) scale(.583)" d="${MARKS[shown.state]}" fill="none" stroke="${colors.on}" stroke-width="3.5"/>`);
      }
      text(left, box.y + 18, cut(name + (shown?.counts ? ` [${shown.total}]` : ""), 22), 12, colors.ink, 600);
      text(left, box.y + 32, cut(kind, 26), 11, colors.ink3);
    } else if (isGroup(graph, box.node)) {
      text(box.x + 14, box.y + 20, cut(name, 24), 12, colors.ink, 600);
      text(box.x + 14, box.y + 37, ordered(shown?.counts ?? {}).map(([state, n]) => `${n} ${state}`).slice(0, 2).join(", "), 11, colors.ink3);
      if (shown) rect(box.x + 8, box.y + box.h - 12, box.w - 16, 6, 0, colors.state[shown.state], "none");
    } else text(box.x + 14, box.y + box.h / 2 + 4, cut(name, 20), 12, colors.ink2);
    parts.push("</g>");
  });
  const [w, h] = [drawing.width + 2 * MARGIN, drawing.height + 2 * MARGIN];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="${-MARGIN} ${-MARGIN} ${w} ${h}" font-family="${escape(colors.sans)}">` +
    `<defs><marker id="end" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto" markerUnits="userSpaceOnUse"><path d="M0 0L8 4L0 8z" fill="${colors.lineStrong}"/></marker></defs>` +
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${w}" height="${h}" fill="${colors.paper}"/>${parts.join("")}</svg>`
  );
}

/** The whole drawing, as large as a browser makes pictures; twice the size of the screen when it is small. */
export async function toPng(scene: Scene): Promise<Blob> {
  const [w, h] = [scene.drawing.width + 2 * MARGIN, scene.drawing.height + 2 * MARGIN];
  const scale = Math.min(2, LONGEST / w, LONGEST / h, Math.sqrt(MOST_PIXELS / (w * h)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(w * scale);
  canvas.height = Math.ceil(h * scale);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error(graphWords.noPicture);
  // As detailed as on the screen at full size, whatever the size of the picture.
  const ratio = Math.min(1, scale);
  paint(pen, scene, { x: -MARGIN, y: -MARGIN, scale: scale / ratio }, canvas.width / ratio, canvas.height / ratio, ratio);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(graphWords.tooLarge))), "image/png"));
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
