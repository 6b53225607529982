import type { ReactNode } from "react";

import { charts } from "../../words/charts";

type Props = { caption: string; head: string[]; rows: ReactNode[][] };

/** The numbers of a chart as a table: for people who do not see it, and for those who want to copy them. */
export function TableTwin({ caption, head, rows }: Props) {
  return (
    <details className="twin">
      <summary>{charts.asTable}</summary>
      <div className="twin__scroll" tabIndex={0} role="region" aria-label={caption}>
        <table className="list">
          <caption className="sr-only">{caption}</caption>
          <thead>
            <tr>
              {head.map((text) => (
                <th key={text} scope="col">
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={i}>
                {row.map((cell, j) => (
                  <td key={j}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
