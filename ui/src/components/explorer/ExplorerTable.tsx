import { ArrowDown, ArrowUp } from "lucide-react";

import { type Kind, displayName, type Row, rowKey } from "../../services/explorer";
import { words } from "../../words";
import { explorer } from "../../words/explorer";
import type { Column } from "./columns";

type Props<K extends Kind> = {
  kind: K;
  columns: Column<K>[];
  rows: Row<K>[];
  sort: string;
  isOld: boolean;
  chosen: ReadonlyMap<string, Row<K>>;
  onSort: (sort: string) => void;
  onChoose: (rows: Row<K>[], on: boolean) => void;
};

export function ExplorerTable<K extends Kind>({ kind, columns, rows, sort, isOld, chosen, onSort, onChoose }: Props<K>) {
  const isAll = rows.length > 0 && rows.every((row) => chosen.has(rowKey(kind, row)));
  return (
    <div className="explorer__scroll" role="region" aria-label={kind === "runs" ? explorer.runs : explorer.tasks} tabIndex={0}>
      <table className="list explorer__table" aria-busy={isOld}>
        <thead>
          <tr>
            <th scope="col" className="explorer__check">
              <input type="checkbox" aria-label={explorer.selectPage} checked={isAll} onChange={(event) => onChoose(rows, event.target.checked)} />
            </th>
            {columns.map((column) => (
              <Head key={column.name} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const key = rowKey(kind, row);
            return (
              <tr key={key} data-key={displayName(kind, row)} aria-selected={chosen.has(key)}>
                <td className="explorer__check">
                  <input type="checkbox" aria-label={explorer.selectRow(displayName(kind, row))} checked={chosen.has(key)} onChange={(event) => onChoose([row], event.target.checked)} />
                </td>
                {columns.map((column) => (
                  <td key={column.name} data-column={column.name} className={column.isNumber ? "number" : undefined}>
                    <span className="explorer__cell">{column.cell(row)}</span>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Head<K extends Kind>({ column, sort, onSort }: { column: Column<K>; sort: string; onSort: (sort: string) => void }) {
  const text = explorer.column[column.name];
  const by = column.sort;
  if (by === undefined)
    return (
      <th scope="col" className={column.isNumber ? "number" : undefined}>
        {text}
      </th>
    );
  const isUp = sort === by;
  const isDown = sort === `-${by}`;
  return (
    <th scope="col" className={column.isNumber ? "number" : undefined} aria-sort={isUp ? "ascending" : isDown ? "descending" : undefined}>
      <button type="button" className="sort" title={words.dags.sortBy(text)} onClick={() => onSort(isDown ? by : `-${by}`)}>
        {text}
        {isUp && <ArrowUp size={12} aria-hidden="true" />}
        {isDown && <ArrowDown size={12} aria-hidden="true" />}
      </button>
    </th>
  );
}
