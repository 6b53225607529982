/**
 * Coordinates of a drawing. The server says what stands in which layer and in which order; here sizes are known, and
 * with them which groups are open. Linear in what is shown. Pure.
 */

import type { Graph } from "../../services/graph";

export type Direction = "LR" | "TB" | "RL" | "BT";
export const DIRECTIONS: readonly Direction[] = ["LR", "TB", "RL", "BT"];

export type Box = { node: number; x: number; y: number; w: number; h: number; isOpen: boolean; depth: number };
/** A line from box to box over the bends between: x and y in turn. */
export type Line = { from: number; to: number; points: number[]; label: string | null };
export type Drawing = { boxes: Box[]; lines: Line[]; width: number; height: number; direction: Direction; shownAs: Int32Array };

export type View = {
  isOpen: (node: number) => boolean;
  /** Nodes that are left out, by number; a group with nothing in it that is shown is left out, too. */
  isShown: (node: number) => boolean;
  direction: Direction;
};

export const TASK = { w: 184, h: 40 } as const;
const GROUP = { w: 184, h: 56 } as const;
const EXTRA = { w: 152, h: 28 } as const;
const HEADER = 28;
const PADDING = 16;
/** About how wide a letter of an edge's label is, and how much room a label needs around it. */
const LABEL = { letter: 6.4, around: 28, line: 34 } as const;
/** Between layers, and between neighbours of one layer. */
const GAP = { layer: 56, node: 16, bend: 10 } as const;
const SWEEPS = 6;

/** A node or bend while a level is put together: along the layers (u) and across (v). */
type Item = { node: number; du: number; dv: number; u: number; v: number; before: Item[]; after: Item[] };
type Placed = { du: number; dv: number; items: Item[]; bends: Map<number, Item[]>; group: number; inner: Map<number, Placed> };

export function place(graph: Graph, view: View): Drawing {
  const isAcross = view.direction === "LR" || view.direction === "RL";
  const levels = new Map(graph.levels.map((level) => [level.group, level]));
  const visible = visibleNodes(graph, view.isShown);
  const taskCount = graph.tasks.length;
  const groupEnd = taskCount + graph.groups.length;
  const isOpenGroup = (node: number) => node >= taskCount && node < groupEnd && levels.has(node) && view.isOpen(node);

  const labelOf = new Map(Object.entries(graph.edge_labels).map(([i, label]) => [`${graph.edges[2 * Number(i)]}>${graph.edges[2 * Number(i) + 1]}`, label]));

  const level = (group: number): Placed => {
    const { layers, edges } = levels.get(group) ?? { layers: [], edges: [] };
    const inner = new Map<number, Placed>();
    const items: Item[] = [];
    const byNode = new Map<number, Item>();
    const bends = new Map<number, Item[]>();
    const rows: Item[][] = [];
    for (const layer of layers) {
      const row: Item[] = [];
      for (const entry of layer) {
        if (entry >= 0) {
          if (!visible[entry]) continue;
          if (isOpenGroup(entry)) inner.set(entry, level(entry));
          const [w, h] = size(entry, inner.get(entry));
          const item: Item = { node: entry, du: isAcross ? w : h, dv: isAcross ? h : w, u: 0, v: 0, before: [], after: [] };
          row.push(item);
          items.push(item);
          byNode.set(entry, item);
        } else {
          const edge = -entry - 1;
          if (!visible[edges[2 * edge] ?? 0] || !visible[edges[2 * edge + 1] ?? 0]) continue;
          const item: Item = { node: -1, du: 0, dv: 0, u: 0, v: 0, before: [], after: [] };
          row.push(item);
          const chain = bends.get(edge);
          if (chain) chain.push(item);
          else bends.set(edge, [item]);
        }
      }
      if (row.some((item) => item.node >= 0)) rows.push(row);
      else if (row.length) dropBends(row, bends);
    }
    for (let edge = 0; edge * 2 < edges.length; edge++) {
      const from = byNode.get(edges[2 * edge] ?? -1);
      const to = byNode.get(edges[2 * edge + 1] ?? -1);
      if (!from || !to) continue;
      const chain = [from, ...(bends.get(edge) ?? []), to];
      chain.forEach((item, i) => {
        const next = chain[i + 1];
        if (!next) return;
        item.after.push(next);
        next.before.push(item);
      });
    }
    spread(rows);
    const labels = labelled(edges, byNode);
    let u = 0;
    let gap = 0;
    for (const row of rows) {
      u += gap;
      const thick = Math.max(...row.map((item) => item.du));
      for (const item of row) item.u = u + (thick - item.du) / 2;
      u += thick;
      // The label of an edge stands in its middle: there must be room for it between the boxes.
      gap = Math.max(GAP.layer, ...row.map((item) => labels.get(item) ?? 0));
    }
    const least = Math.min(0, ...items.map((item) => item.v));
    for (const row of rows) for (const item of row) item.v -= least;
    const dv = Math.max(0, ...items.map((item) => item.v + item.dv));
    return { du: u, dv, items, bends, group, inner };
  };

  /** Room that the labels of the edges from these nodes need after them. */
  function labelled(edges: number[], byNode: Map<number, Item>): Map<Item, number> {
    const found = new Map<Item, number>();
    if (labelOf.size === 0) return found;
    for (let edge = 0; edge * 2 < edges.length; edge++) {
      const from = byNode.get(edges[2 * edge] ?? -1);
      const label = labelOf.get(`${edges[2 * edge]}>${edges[2 * edge + 1]}`);
      if (!from || !label) continue;
      const room = isAcross ? label.length * LABEL.letter + LABEL.around : GAP.layer + LABEL.line / 2;
      found.set(from, Math.max(found.get(from) ?? 0, Math.min(room, 3 * GAP.layer)));
    }
    return found;
  }

  function size(node: number, open: Placed | undefined): [number, number] {
    if (open) {
      const w = isAcross ? open.du : open.dv;
      const h = isAcross ? open.dv : open.du;
      return [Math.max(GROUP.w, w + 2 * PADDING), h + HEADER + PADDING];
    }
    if (node < taskCount) return [TASK.w, TASK.h];
    return node < groupEnd ? [GROUP.w, GROUP.h] : [EXTRA.w, EXTRA.h];
  }

  const root = level(-1);
  const whole = { w: isAcross ? root.du : root.dv, h: isAcross ? root.dv : root.du };
  const boxes: Box[] = [];
  const bendPoints = new Map<string, number[]>();
  const put = (placed: Placed, x: number, y: number, w: number, h: number, depth: number) => {
    const across = view.direction === "RL" || view.direction === "BT";
    const point = (u: number, v: number): [number, number] => (isAcross ? [x + (across ? w - u : u), y + v] : [x + v, y + (across ? h - u : u)]);
    const { edges } = levels.get(placed.group) ?? { edges: [] };
    for (const item of placed.items) {
      const u = across ? item.u + item.du : item.u;
      const [left, top] = point(u, item.v);
      const box: Box = { node: item.node, x: left, y: top, w: isAcross ? item.du : item.dv, h: isAcross ? item.dv : item.du, isOpen: placed.inner.has(item.node), depth };
      boxes.push(box);
      const open = placed.inner.get(item.node);
      if (open) {
        const wide = isAcross ? open.du : open.dv;
        put(open, box.x + (box.w - wide) / 2, box.y + HEADER, wide, box.h - HEADER - PADDING, depth + 1);
      }
    }
    for (const [edge, chain] of placed.bends) {
      bendPoints.set(
        `${edges[2 * edge]}>${edges[2 * edge + 1]}`,
        chain.flatMap((item) => point(item.u, item.v)),
      );
    }
  };
  put(root, 0, 0, whole.w, whole.h, 0);
  const shownAs = representatives(graph, boxes, visible);
  return { boxes, lines: lines(graph, boxes, shownAs, bendPoints, view.direction), width: whole.w, height: whole.h, direction: view.direction, shownAs };
}

/** A node that is wanted, or a group around one. */
function visibleNodes(graph: Graph, isShown: (node: number) => boolean): Uint8Array {
  const found = new Uint8Array(graph.parents.length);
  const firstGroup = graph.tasks.length;
  const firstExtra = firstGroup + graph.groups.length;
  for (let node = 0; node < graph.parents.length; node++) {
    if ((node >= firstGroup && node < firstExtra) || !isShown(node)) continue;
    for (let at = node; at >= 0 && !found[at]; at = graph.parents[at] ?? -1) found[at] = 1;
  }
  return found;
}

/** A layer of which only bends are left is no layer any more. */
function dropBends(row: Item[], bends: Map<number, Item[]>): void {
  const gone = new Set(row);
  for (const [edge, chain] of bends) {
    if (!chain.some((item) => gone.has(item))) continue;
    const left = chain.filter((item) => !gone.has(item));
    if (left.length) bends.set(edge, left);
    else bends.delete(edge);
  }
}

const gapBetween = (a: Item, b: Item) => (a.node >= 0 && b.node >= 0 ? GAP.node : GAP.bend);

/** Across the layers: everything as near to its neighbours as the order allows. */
function spread(rows: Item[][]): void {
  for (const row of rows) {
    let v = 0;
    row.forEach((item, i) => {
      const before = row[i - 1];
      if (before) v += before.dv + gapBetween(before, item);
      item.v = v;
    });
  }
  const highest = Math.max(0, ...rows.map((row) => { const last = row.at(-1); return last ? last.v + last.dv : 0; }));
  for (const row of rows) {
    const last = row.at(-1);
    if (!last) continue;
    const shift = (highest - last.v - last.dv) / 2;
    for (const item of row) item.v += shift;
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isForward = sweep % 2 === 0;
    for (let i = 0; i < rows.length; i++) settle(rows[isForward ? i : rows.length - 1 - i] ?? [], isForward ? "before" : "after");
  }
}

type Block = { sum: number; weight: number; from: number };

/**
 * Least squares of the distances to the wished places, the order and the gaps kept: neighbours that would overlap are
 * pooled and moved together (pool adjacent violators).
 */
function settle(row: Item[], side: "before" | "after"): void {
  const blocks: Block[] = [];
  const offsets = new Float64Array(row.length);
  let offset = 0;
  row.forEach((item, i) => {
    const before = row[i - 1];
    if (before) offset += before.dv / 2 + gapBetween(before, item) + item.dv / 2;
    offsets[i] = offset;
    const near = item[side];
    const wished = near.length ? near.reduce((sum, one) => sum + one.v + one.dv / 2, 0) / near.length : item.v + item.dv / 2;
    // A bend between two bends is held straight; what has no neighbour follows the others.
    const weight = near.length ? (item.node < 0 ? 4 : 1) : 0.05;
    let block: Block = { sum: (wished - offset) * weight, weight, from: i };
    for (let last = blocks.at(-1); last && last.sum / last.weight > block.sum / block.weight; last = blocks.at(-1)) {
      blocks.pop();
      block = { sum: last.sum + block.sum, weight: last.weight + block.weight, from: last.from };
    }
    blocks.push(block);
  });
  blocks.forEach((block, b) => {
    const end = blocks[b + 1]?.from ?? row.length;
    const start = block.sum / block.weight;
    for (let i = block.from; i < end; i++) {
      const item = row[i];
      if (item) item.v = Math.round(start + (offsets[i] ?? 0) - item.dv / 2);
    }
  });
}

/** Per node the box that it is seen in: its own, or that of the closed group around it; -1 = none. */
function representatives(graph: Graph, boxes: Box[], visible: Uint8Array): Int32Array {
  const at = new Int32Array(graph.parents.length).fill(-1);
  boxes.forEach((box, i) => {
    at[box.node] = i;
  });
  const found = new Int32Array(graph.parents.length).fill(-1);
  for (let node = 0; node < found.length; node++) {
    if (!visible[node]) continue;
    let up = node;
    while (up >= 0 && (at[up] ?? -1) < 0) up = graph.parents[up] ?? -1;
    found[node] = up < 0 ? -1 : (at[up] ?? -1);
  }
  return found;
}

function lines(graph: Graph, boxes: Box[], shownAs: Int32Array, bends: Map<string, number[]>, direction: Direction): Line[] {
  const found = new Map<number, Line>();
  const depth = (node: number) => {
    let n = 0;
    for (let up = graph.parents[node] ?? -1; up >= 0; up = graph.parents[up] ?? -1) n++;
    return n;
  };
  for (let i = 0; i < graph.edges.length; i += 2) {
    const from = shownAs[graph.edges[i] ?? 0] ?? -1;
    const to = shownAs[graph.edges[i + 1] ?? 0] ?? -1;
    if (from < 0 || to < 0 || from === to) continue;
    const key = from * boxes.length + to;
    const label = graph.edge_labels[i / 2] ?? null;
    const known = found.get(key);
    if (known) {
      known.label ??= label;
      continue;
    }
    const a = boxes[from];
    const b = boxes[to];
    if (!a || !b) continue;
    let source = a.node;
    let target = b.node;
    let up = depth(source);
    let down = depth(target);
    while (up > down) { source = graph.parents[source] ?? -1; up--; }
    while (down > up) { target = graph.parents[target] ?? -1; down--; }
    while (graph.parents[source] !== graph.parents[target]) { source = graph.parents[source] ?? -1; target = graph.parents[target] ?? -1; }
    const [x1, y1] = port(a, direction, true);
    const [x2, y2] = port(b, direction, false);
    found.set(key, { from, to, label, points: [x1, y1, ...(bends.get(`${source}>${target}`) ?? []), x2, y2] });
  }
  return [...found.values()];
}

/** Where lines leave a box, or come to it. */
function port(box: Box, direction: Direction, isOut: boolean): [number, number] {
  const isEnd = isOut === (direction === "LR" || direction === "TB");
  return direction === "LR" || direction === "RL"
    ? [isEnd ? box.x + box.w : box.x, box.y + box.h / 2]
    : [box.x + box.w / 2, isEnd ? box.y + box.h : box.y];
}
