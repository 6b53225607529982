import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";

import { useRowKeys } from "../../hooks/useRowKeys";
import { words } from "../../words";
import { admin } from "../../words/admin";

export type Column<T> = {
  name: string;
  title: string;
  cell: (row: T) => ReactNode;
  /** The server's word to sort by. */
  sort?: string;
  isNumber?: boolean;
  /** Not on narrow screens. */
  isExtra?: boolean;
};

type Props<T> = {
  label: string;
  columns: Column<T>[];
  rows: T[];
  keyOf: (row: T) => string;
  isOld?: boolean;
  order?: string | undefined;
  onOrder?: (order: string) => void;
  /** Names of the chosen rows; without it no row can be chosen. */
  chosen?: ReadonlySet<string>;
  onChoose?: (names: string[], on: boolean) => void;
  actions?: (row: T) => ReactNode;
};

/** A list of the administration: sorted by its heads, with rows to choose and actions at their end. */
export function AdminTable<T>({ label, columns, rows, keyOf, isOld = false, order, onOrder, chosen, onChoose, actions }: Props<T>) {
  useRowKeys("tr[data-row] td:not(.admin__check) :is(a, button:not(:disabled))");
  const names = rows.map(keyOf);
  const isAll = names.length > 0 && chosen !== undefined && names.every((name) => chosen.has(name));
  return (
    <div className="admin__scroll" role="region" aria-label={label} tabIndex={0}>
      <table className="list admin__table" aria-busy={isOld}>
        <thead>
          <tr>
            {chosen && (
              <th scope="col" className="admin__check">
                <input type="checkbox" aria-label={admin.selectAll} checked={isAll} onChange={(event) => onChoose?.(names, event.target.checked)} />
              </th>
            )}
            {columns.map((column) => (
              <Head key={column.name} column={column} order={order} onOrder={onOrder} />
            ))}
            {actions && (
              <th scope="col">
                <span className="sr-only">{admin.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => {
            const name = names[i] as string;
            return (
              <tr key={name} data-row={name} aria-selected={chosen?.has(name)}>
                {chosen && (
                  <td className="admin__check">
                    <input type="checkbox" aria-label={admin.select(name)} checked={chosen.has(name)} onChange={(event) => onChoose?.([name], event.target.checked)} />
                  </td>
                )}
                {columns.map((column) => (
                  <td key={column.name} className={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ))}
                {actions && <td className="admin__actions">{actions(row)}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const classOf = <T,>({ isNumber, isExtra }: Column<T>) => [isNumber && "number", isExtra && "admin__extra"].filter(Boolean).join(" ") || undefined;

function Head<T>({ column, order, onOrder }: { column: Column<T>; order: string | undefined; onOrder: ((order: string) => void) | undefined }) {
  const by = column.sort;
  if (by === undefined || onOrder === undefined)
    return (
      <th scope="col" className={classOf(column)}>
        {column.title}
      </th>
    );
  const isUp = order === by;
  const isDown = order === `-${by}`;
  return (
    <th scope="col" className={classOf(column)} aria-sort={isUp ? "ascending" : isDown ? "descending" : undefined}>
      <button type="button" className="sort" title={words.dags.sortBy(column.title)} onClick={() => onOrder(isUp ? `-${by}` : by)}>
        {column.title}
        {isUp && <ArrowUp size={12} aria-hidden="true" />}
        {isDown && <ArrowDown size={12} aria-hidden="true" />}
      </button>
    </th>
  );
}
