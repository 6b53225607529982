import "../styles/markdown.css";

import type { ReactNode } from "react";

import { type Block, blocksOf, dedent } from "../services/markdown";

/**
 * The Markdown that docs of DAGs are written in: headings, paragraphs, lists, tables, rules, code, bold, italic, links.
 * Everything becomes React elements, so a doc can never bring HTML of its own into the page.
 */
export function Markdown({ text }: { text: string }) {
  return <div className="markdown">{blocksOf(dedent(text)).map(block)}</div>;
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
    case "rule":
      return <hr key={key} />;
    case "table":
      return (
        <div key={key} className="markdown__table">
          <table>
            <thead>
              <tr>
                {one.head.map((cell, i) => (
                  <th key={i} scope="col">
                    {inline(cell)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {one.rows.map((cells, i) => (
                <tr key={i}>
                  {cells.map((cell, j) => (
                    <td key={j}>{inline(cell)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
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
