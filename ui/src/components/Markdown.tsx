import type { ReactNode } from "react";

/**
 * The Markdown that docs of DAGs are written in: headings, paragraphs, lists, code, bold, italic, links.
 * Everything becomes React elements, so a doc can never bring HTML of its own into the page.
 */
export function Markdown({ text }: { text: string }) {
  return <div className="markdown">{blocksOf(dedent(text)).map(block)}</div>;
}

type Block = { kind: "heading"; level: number; text: string } | { kind: "list"; isNumbered: boolean; items: string[] } | { kind: "code" | "text"; text: string };

function dedent(text: string): string {
  const lines = text.replaceAll("\t", "    ").split("\n");
  const indents = lines.slice(1).filter((line) => line.trim()).map((line) => line.length - line.trimStart().length);
  const least = indents.length ? Math.min(...indents) : 0;
  return lines.map((line, i) => (i === 0 ? line.trimStart() : line.slice(least))).join("\n");
}

function blocksOf(text: string): Block[] {
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

function block(one: Block, key: number): ReactNode {
  switch (one.kind) {
    case "heading":
      return one.level === 1 ? <h2 key={key}>{inline(one.text)}</h2> : <h3 key={key}>{inline(one.text)}</h3>;
    case "code":
      return (
        <pre key={key} className="code">
          {one.text}
        </pre>
      );
    case "list": {
      const items = one.items.map((item, i) => <li key={i}>{inline(item)}</li>);
      return one.isNumbered ? <ol key={key}>{items}</ol> : <ul key={key}>{items}</ul>;
    }
    default:
      return <p key={key}>{inline(one.text)}</p>;
  }
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|\[([^\]]+)\]\((https?:\/\/[^)\s]+|\/[^)\s]*)\)/g;

function inline(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    parts.push(text.slice(from, found.index));
    from = found.index + found[0].length;
    const [, code, bold, strong, italic, label, href] = found;
    if (code) parts.push(<code key={from}>{code}</code>);
    else if (bold ?? strong) parts.push(<strong key={from}>{bold ?? strong}</strong>);
    else if (italic) parts.push(<em key={from}>{italic}</em>);
    else
      parts.push(
        <a key={from} href={href} rel="noreferrer" target="_blank">
          {label}
        </a>,
      );
  }
  parts.push(text.slice(from));
  return parts;
}
