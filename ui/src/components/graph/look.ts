/** What a drawing looks like apart from where it stands: states, what is lit and what is dimmed, colours. */

import type { Graph, RunStates } from "../../services/graph";
import { FLAG } from "../../services/graph";
import type { Counts, TaskState } from "../../services/types";
import { STATE_ORDER } from "../grid/model";
import type { Drawing } from "./place";

/** The state of a box: one, or several of a mapped task or a closed group. */
export type Shown = { state: TaskState; counts: Counts | null; total: number; tries: number };

export type Look = {
  /** Per box; null = the run has no such task, or no run is shown. */
  shown: (Shown | null)[];
  /** Boxes and lines of a path; lines by "from>to" of boxes. */
  litBoxes: Set<number>;
  litLines: Set<string>;
  /** When something is searched for: the boxes that match. Others are dimmed. */
  found: Set<number> | null;
  selected: number;
  pointed: number;
};

export const lineKey = (from: number, to: number): string => `${from}>${to}`;

/** The states of the boxes of a drawing. */
export function shownStates(graph: Graph, drawing: Drawing, states: RunStates | undefined): (Shown | null)[] {
  if (!states) return drawing.boxes.map(() => null);
  const counts: (Counts | null)[] = drawing.boxes.map(() => null);
  const tries = new Int32Array(drawing.boxes.length);
  const isTask = drawing.boxes.map((box) => box.node < graph.tasks.length);
  const single: (TaskState | null)[] = drawing.boxes.map(() => null);
  for (let task = 0; task < graph.tasks.length; task++) {
    const at = drawing.shownAs[task] ?? -1;
    const state = states.codes[states.states[task] ?? "-"];
    if (at < 0 || state === undefined) continue;
    const mapped = states.mapped[task];
    tries[at] = Math.max(tries[at] ?? 0, states.tries[task] ?? 1);
    if (isTask[at] && !mapped) {
      single[at] = state;
      continue;
    }
    counts[at] ??= {};
    const sum = counts[at];
    if (mapped) for (const [one, n] of Object.entries(mapped) as [TaskState, number][]) sum[one] = (sum[one] ?? 0) + n;
    else sum[state] = (sum[state] ?? 0) + 1;
  }
  return drawing.boxes.map((_, at) => {
    const sum = counts[at];
    const one = single[at];
    if (one) return { state: one, counts: null, total: 1, tries: tries[at] ?? 1 };
    const state = sum && STATE_ORDER.find((each) => sum[each]);
    if (!sum || !state) return null;
    return { state, counts: sum, total: Object.values(sum).reduce((all, n) => all + n, 0), tries: tries[at] ?? 1 };
  });
}

/** Words of a box: its name, and what it is. */
export function wordsOf(graph: Graph, node: number): { name: string; kind: string } {
  const tasks = graph.tasks.length;
  if (node < tasks) return { name: graph.labels[node] ?? "", kind: graph.operators[graph.operator[node] ?? 0] ?? "" };
  const group = graph.groups[node - tasks];
  if (group) return { name: group.label, kind: "" };
  const extra = graph.extras[node - tasks - graph.groups.length];
  return { name: extra?.label ?? "", kind: extra?.kind ?? "" };
}

export function nodeId(graph: Graph, node: number): string {
  const tasks = graph.tasks.length;
  return graph.tasks[node] ?? graph.groups[node - tasks]?.group_id ?? graph.extras[node - tasks - graph.groups.length]?.label ?? "";
}

export const isTask = (graph: Graph, node: number): boolean => node >= 0 && node < graph.tasks.length;
export const isGroup = (graph: Graph, node: number): boolean => node >= graph.tasks.length && node < graph.tasks.length + graph.groups.length;
export const hasFlag = (graph: Graph, node: number, flag: keyof typeof FLAG): boolean => ((graph.flags[node] ?? 0) & FLAG[flag]) !== 0;

export type Colors = {
  paper: string;
  surface: string;
  sunken: string;
  line: string;
  lineStrong: string;
  ink: string;
  ink2: string;
  ink3: string;
  accent: string;
  accentSoft: string;
  mark: string;
  on: string;
  sans: string;
  state: Record<TaskState, string>;
};

/** The colours of the theme and palette that the page has now. */
export function colorsNow(): Colors {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    paper: read("--paper"),
    surface: read("--surface"),
    sunken: read("--sunken"),
    line: read("--line"),
    lineStrong: read("--line-strong"),
    ink: read("--ink"),
    ink2: read("--ink-2"),
    ink3: read("--ink-3"),
    accent: read("--accent"),
    accentSoft: read("--accent-soft"),
    mark: read("--mark"),
    on: read("--state-on"),
    sans: read("--sans"),
    state: Object.fromEntries(STATE_ORDER.map((state) => [state, read(`--state-${state}`)])) as Record<TaskState, string>,
  };
}
