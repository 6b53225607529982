/** What changed from one text to another, line by line: E. Myers, "An O(ND) difference algorithm" (1986). Pure. */

export type DiffLine = { kind: "same" | "out" | "in"; old: number | null; new: number | null; text: string };

/** Texts that differ in more lines are told as one block out and one in. */
const MOST_STEPS = 2_000;

export function diffLines(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const found: DiffLine[] = [];
  const same = (i: number, j: number) => found.push({ kind: "same", old: i + 1, new: j + 1, text: a[i] ?? "" });
  for (let i = 0; i < head; i++) same(i, i);
  for (const step of steps(a.slice(head, a.length - tail), b.slice(head, b.length - tail))) {
    const [i, j] = [step.old + head, step.new + head];
    if (step.kind === "same") same(i, j);
    else if (step.kind === "out") found.push({ kind: "out", old: i + 1, new: null, text: a[i] ?? "" });
    else found.push({ kind: "in", old: null, new: j + 1, text: b[j] ?? "" });
  }
  for (let i = tail; i > 0; i--) same(a.length - i, b.length - i);
  return found;
}

type Step = { kind: DiffLine["kind"]; old: number; new: number };

function steps(a: string[], b: string[]): Step[] {
  const [n, m] = [a.length, b.length];
  const limit = Math.min(n + m, MOST_STEPS);
  const offset = limit + 1;
  const reach = new Int32Array(2 * limit + 3);
  const trail: Int32Array[] = [];
  for (let d = 0; d <= limit; d++) {
    trail.push(reach.slice());
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reach[offset + k - 1] ?? 0) < (reach[offset + k + 1] ?? 0));
      let x = down ? (reach[offset + k + 1] ?? 0) : (reach[offset + k - 1] ?? 0) + 1;
      while (x < n && x - k < m && a[x] === b[x - k]) x++;
      reach[offset + k] = x;
      if (x >= n && x - k >= m) return walkBack(trail, d, n, m, offset);
    }
  }
  return [...a.map((_, i): Step => ({ kind: "out", old: i, new: 0 })), ...b.map((_, j): Step => ({ kind: "in", old: n, new: j }))];
}

function walkBack(trail: Int32Array[], last: number, n: number, m: number, offset: number): Step[] {
  const found: Step[] = [];
  let [x, y] = [n, m];
  for (let d = last; d > 0; d--) {
    const reach = trail[d];
    const k = x - y;
    const down = k === -d || (k !== d && (reach?.[offset + k - 1] ?? 0) < (reach?.[offset + k + 1] ?? 0));
    const fromK = down ? k + 1 : k - 1;
    const fromX = reach?.[offset + fromK] ?? 0;
    const fromY = fromX - fromK;
    // After the one step down or right come the lines that both have.
    const [startX, startY] = down ? [fromX, fromY + 1] : [fromX + 1, fromY];
    while (x > startX && y > startY) {
      x--;
      y--;
      found.push({ kind: "same", old: x, new: y });
    }
    if (down) found.push({ kind: "in", old: fromX, new: fromY });
    else found.push({ kind: "out", old: fromX, new: fromY });
    [x, y] = [fromX, fromY];
  }
  while (x > 0 && y > 0) {
    x--;
    y--;
    found.push({ kind: "same", old: x, new: y });
  }
  return found.reverse();
}

export type DiffPart = { kind: "shown"; lines: DiffLine[] } | { kind: "folded"; lines: DiffLine[] };

/** Long stretches without a change are folded, but for some lines around each change. */
export function folded(lines: DiffLine[], around = 3): DiffPart[] {
  const near = new Uint8Array(lines.length);
  lines.forEach((line, i) => {
    if (line.kind !== "same") near.fill(1, Math.max(0, i - around), Math.min(lines.length, i + around + 1));
  });
  const parts: DiffPart[] = [];
  lines.forEach((line, i) => {
    const kind = near[i] ? "shown" : "folded";
    const last = parts.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else parts.push({ kind, lines: [line] });
  });
  return parts;
}
