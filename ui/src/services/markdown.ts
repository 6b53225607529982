/** Markdown, read into blocks: what `components/Markdown.tsx` draws. Takes what docs of DAGs are written in, as text of any kind. */

export type Block =
  | { kind: "heading"; level: number; text: string }
  | { kind: "list"; isNumbered: boolean; items: string[] }
  | { kind: "table"; head: string[]; rows: string[][] }
  | { kind: "rule" }
  | { kind: "code" | "text"; text: string };

/** The line under the heads of a table: dashes, with colons where columns are aligned. */
const UNDER_HEADS = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;

export function dedent(text: string): string {
  const lines = text.replaceAll("\t", "    ").split("\n");
  const indents = lines.slice(1).filter((line) => line.trim()).map((line) => line.length - line.trimStart().length);
  const least = indents.length ? Math.min(...indents) : 0;
  return lines.map((line, i) => (i === 0 ? line.trimStart() : line.slice(least))).join("\n");
}

export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let isFresh = true;
  let code: string[] | null = null;
  for (const line of text.split("\n")) {
    if (line.trimStart().startsWith("```")) {
      if (code === null) code = [];
      else {
        blocks.push({ kind: "code", text: code.join("\n") });
        code = null;
      }
      isFresh = true;
      continue;
    }
    if (code !== null) {
      code.push(line);
      continue;
    }
    const last = blocks.at(-1);
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    const item = /^\s*([-*+]|\d+[.)])\s+(.*)$/.exec(line);
    if (line.trim() === "") isFresh = true;
    else if (!isFresh && last?.kind === "table" && line.includes("|")) last.rows.push(row(line, last.head.length));
    else if (!isFresh && last?.kind === "text" && isHeadOf(last.text, line)) blocks.splice(-1, 1, { kind: "table", head: cells(last.text), rows: [] });
    else if (RULE.test(line)) {
      blocks.push({ kind: "rule" });
      isFresh = true;
    }
    else if (heading) {
      blocks.push({ kind: "heading", level: heading[1]?.length ?? 1, text: heading[2] ?? "" });
      isFresh = true;
    } else if (item) {
      if (last?.kind === "list") last.items.push(item[2] ?? "");
      else blocks.push({ kind: "list", isNumbered: /\d/.test(item[1] ?? ""), items: [item[2] ?? ""] });
      isFresh = false;
    } else if (!isFresh && last?.kind === "list") last.items.push(`${last.items.pop() ?? ""} ${line.trim()}`);
    else if (!isFresh && last?.kind === "text") last.text += `\n${line}`;
    else {
      blocks.push({ kind: "text", text: line });
      isFresh = false;
    }
  }
  if (code !== null) blocks.push({ kind: "code", text: code.join("\n") });
  return blocks;
}

/** Do `heads` and the line under them begin a table? Both have as many cells. */
function isHeadOf(heads: string, under: string): boolean {
  return heads.includes("|") && !heads.includes("\n") && UNDER_HEADS.test(under) && cells(heads).length === cells(under).length;
}

function cells(line: string): string[] {
  const inner = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** A row has the cells that the table has heads for: what is missing is empty, what is too much is left out. */
function row(line: string, width: number): string[] {
  const given = cells(line);
  return Array.from({ length: width }, (_, i) => given[i] ?? "");
}
