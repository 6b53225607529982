/** Ways through the graph of tasks. Nodes are task numbers; edges a flat list of pairs. Pure. */

export type Neighbours = { up: number[][]; down: number[][] };

const kept = new WeakMap<number[], Neighbours>();

/** Who is right before and right after each node. */
export function neighbours(count: number, edges: number[]): Neighbours {
  let found = kept.get(edges);
  if (!found) {
    found = { up: Array.from({ length: count }, () => []), down: Array.from({ length: count }, () => []) };
    for (let i = 0; i < edges.length; i += 2) {
      const from = edges[i] ?? 0;
      const to = edges[i + 1] ?? 0;
      found.down[from]?.push(to);
      found.up[to]?.push(from);
    }
    kept.set(edges, found);
  }
  return found;
}

/** All nodes within so many steps, the starts included. */
export function reach(starts: Iterable<number>, next: number[][], depth = Number.POSITIVE_INFINITY): Set<number> {
  const found = new Set(starts);
  let edge = [...found];
  for (let step = 0; step < depth && edge.length; step++) {
    const following: number[] = [];
    for (const node of edge)
      for (const one of next[node] ?? [])
        if (!found.has(one)) {
          found.add(one);
          following.push(one);
        }
    edge = following;
  }
  return found;
}

export type Paths = { shortest: number[]; all: Set<number>; isBackwards: boolean };

/** What lies between two nodes, whichever comes first: a shortest path, and the nodes of all paths. Null = there is none. */
export function between(a: number, b: number, { up, down }: Neighbours): Paths | null {
  const forward = shortest(a, b, down);
  const path = forward ?? shortest(b, a, down);
  if (!path) return null;
  const after = reach([path[0] ?? a], down);
  const before = reach([path.at(-1) ?? b], up);
  return { shortest: path, all: new Set([...after].filter((node) => before.has(node))), isBackwards: forward === null };
}

function shortest(from: number, to: number, next: number[][]): number[] | null {
  const came = new Map<number, number>([[from, -1]]);
  let edge = [from];
  while (edge.length && !came.has(to)) {
    const following: number[] = [];
    for (const node of edge)
      for (const one of next[node] ?? [])
        if (!came.has(one)) {
          came.set(one, node);
          following.push(one);
        }
    edge = following;
  }
  if (!came.has(to)) return null;
  const path: number[] = [];
  for (let node = to; node >= 0; node = came.get(node) ?? -1) path.unshift(node);
  return path;
}
