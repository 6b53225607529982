import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronRight } from "lucide-react";
import { type CSSProperties, type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";

import type { Graph } from "../../services/graph";
import { graphWords } from "../../words/graph";
import { StateIcon, stateText } from "../StateIcon";
import { isGroup, isTask, nodeId, type Shown, wordsOf } from "./look";

const ROW = 26;

export type TreeRow = { node: number; depth: number; isOpen: boolean | null };
type Props = {
  graph: Graph;
  rows: TreeRow[];
  /** The state of a node that is a row. */
  shownOf: (node: number) => Shown | null;
  selected: number;
  found: Set<number> | null;
  onSelect: (node: number) => void;
  onToggle: (node: number) => void;
};

/** Nodes from the top: groups with what is in them below, then assets and other DAGs. */
export function treeRows(graph: Graph, isShown: (node: number) => boolean, isOpen: (node: number) => boolean): TreeRow[] {
  const children = new Map<number, number[]>();
  const placed = new Set<number>();
  const put = (node: number) => {
    const parent = graph.parents[node] ?? -1;
    const list = children.get(parent);
    if (list) list.push(node);
    else children.set(parent, [node]);
    if (parent >= 0 && !placed.has(parent)) {
      placed.add(parent);
      put(parent);
    }
  };
  const firstExtra = graph.tasks.length + graph.groups.length;
  for (let node = 0; node < graph.tasks.length; node++) if (isShown(node)) put(node);
  for (let node = firstExtra; node < graph.parents.length; node++) if (isShown(node)) put(node);
  const rows: TreeRow[] = [];
  const walk = (node: number, depth: number) => {
    const below = children.get(node);
    const open = below ? isOpen(node) : null;
    rows.push({ node, depth, isOpen: open });
    if (below && open) for (const one of below) walk(one, depth + 1);
  };
  for (const node of children.get(-1) ?? []) walk(node, 0);
  return rows;
}

/** What the canvas shows, as a list for eyes, fingers and screen readers. One stop of the Tab key; the arrows walk. */
export function GraphTree({ graph, rows, shownOf, selected, found, onSelect, onToggle }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(0);
  const id = useId();
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 10 });
  const place = useMemo(() => new Map(rows.map((row, i) => [row.node, i])), [rows]);
  const selectedAt = place.get(selected);
  useEffect(() => {
    if (selectedAt === undefined) return;
    setAt(selectedAt);
    virtual.scrollToIndex(selectedAt, { align: "auto" });
    // Only when another node is chosen: not when rows come or go.
  }, [selected]);
  const current = Math.min(at, rows.length - 1);
  const go = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setAt(next);
    virtual.scrollToIndex(next, { align: "auto" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[current];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const parent = graph.parents[row.node] ?? -1;
    if (event.key === "ArrowDown") go(current + 1);
    else if (event.key === "ArrowUp") go(current - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(rows.length - 1);
    else if (event.key === "ArrowRight" && row.isOpen !== null) row.isOpen ? go(current + 1) : onToggle(row.node);
    else if (event.key === "ArrowLeft" && row.isOpen) onToggle(row.node);
    else if (event.key === "ArrowLeft" && parent >= 0) go(place.get(parent) ?? current);
    else if (event.key === " " && row.isOpen !== null) onToggle(row.node);
    else if (event.key === "Enter" || event.key === " ") onSelect(row.node);
    else return;
    event.preventDefault();
  };
  return (
    <div ref={scroller} className="graphtree" role="tree" aria-label={graphWords.tree} tabIndex={0} aria-activedescendant={rows.length ? `${id}-${rows[current]?.node}` : undefined} onKeyDown={onKeyDown}>
      <div role="none" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const shown = shownOf(row.node);
          const { name } = wordsOf(graph, row.node);
          const extra = isTask(graph, row.node) || isGroup(graph, row.node) ? null : graph.extras[row.node - graph.tasks.length - graph.groups.length];
          return (
            // The tree above takes the keys.
            <div
              key={row.node}
              id={`${id}-${row.node}`}
              role="treeitem"
              aria-level={row.depth + 1}
              aria-expanded={row.isOpen ?? undefined}
              aria-selected={row.node === selected}
              aria-label={[name, extra ? graphWords.kinds[extra.kind] : "", shown ? stateText(shown.state) : ""].filter(Boolean).join(", ")}
              className={["graphtree__row", item.index === current ? "graphtree__row--at" : "", found && !found.has(row.node) ? "graphtree__row--faint" : ""].join(" ")}
              style={{ transform: `translateY(${item.start}px)`, "--depth": row.depth } as CSSProperties}
              title={nodeId(graph, row.node)}
              onClick={() => {
                setAt(item.index);
                onSelect(row.node);
              }}
            >
              {row.isOpen !== null ? (
                <span
                  className="graphtree__fold"
                  aria-hidden="true"
                  onClick={(event) => {
                    event.stopPropagation();
                    onToggle(row.node);
                  }}
                >
                  {row.isOpen ? <ChevronDown size={14} /> : <ChevronRight size={14} />}
                </span>
              ) : (
                <span className="graphtree__fold" />
              )}
              {shown && <StateIcon state={shown.state} />}
              <span className={row.isOpen !== null ? "truncate graphtree__group" : "truncate"}>{name}</span>
              {extra && <> <span className="quiet">{graphWords.kinds[extra.kind]}</span></>}
            </div>
          );
        })}
      </div>
    </div>
  );
}
