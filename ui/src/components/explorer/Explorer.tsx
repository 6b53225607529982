import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, Columns2, Columns3, Download, X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";

import { useMay } from "../../hooks/useMay";
import { useRowKeys } from "../../hooks/useRowKeys";
import { readColumns, saveColumns } from "../../services/columns";
import { csv, download } from "../../services/csv";
import { type Action, countQuery, DEFAULT_SORT, type ExplorerSearch, FIELDS, filterKey, type Kind, MOST_ROWS, readAll, type Row, rowKey, type RunAction, type RunRow, sliceQuery, type TaskAction } from "../../services/explorer";
import { comparePlace } from "../../services/places";
import { toasts } from "../../services/toasts";
import { words } from "../../words";
import { explorer } from "../../words/explorer";
import { FilterMenu } from "../lists/FilterMenu";
import { SavedViews } from "../lists/SavedViews";
import { Notice, Problem, Skeleton } from "../Notice";
import { PlainLink } from "../PlainLink";
import { BulkDialog } from "./BulkDialog";
import { type Column, COLUMNS, usualColumns } from "./columns";
import { ExplorerTable } from "./ExplorerTable";
import { FilterChips, Filters } from "./Filters";

const ACTIONS: { runs: RunAction[]; tasks: TaskAction[] } = {
  runs: ["clear", "clear_failed", "success", "failed", "cancel", "delete"],
  tasks: ["clear", "success", "failed", "skipped", "delete"],
};

type Props<K extends Kind> = {
  kind: K;
  search: ExplorerSearch;
  onSearch: (search: ExplorerSearch, replace?: boolean) => void;
  /** The explorer shows this DAG only. */
  dagId?: string;
  title?: ReactNode;
};

/** All runs, or all task instances: filtered by the address, a page at a time, with actions on many of them. */
export function Explorer<K extends Kind>({ kind, search, onSearch, dagId, title }: Props<K>) {
  const here: ExplorerSearch = dagId === undefined ? search : { ...search, dag: dagId };
  const change = (part: ExplorerSearch, replace = false) => onSearch({ ...search, cursor: undefined, ...part }, replace);
  const { data, error, isPlaceholderData, refetch } = useQuery(sliceQuery(kind, here));
  const count = useQuery(countQuery(kind, here));
  const [chosen, setChosen] = useState<ReadonlyMap<string, Row<K>>>(new Map());
  const [shown, setShown] = useState(() => readColumns(kind, usualColumns(kind)));
  const [action, setAction] = useState<Action<K> | null>(null);
  // What was chosen among other rows is not meant any more: nobody would see what is done. Pages and the order keep it.
  const filter = filterKey(here);
  const [chosenIn, setChosenIn] = useState(filter);
  if (chosenIn !== filter && action === null) {
    setChosenIn(filter);
    setChosen(new Map());
  }
  const may = useMay();
  useRowKeys(".explorer__table [data-row]");
  const columns = (COLUMNS[kind] as Column<K>[]).filter((column) => shown.includes(column.name) && !(dagId !== undefined && column.name === "dag"));
  const sort = search.sort ?? DEFAULT_SORT[kind];
  const isFiltered = search.dag !== undefined || search.dag_run !== undefined || search.states !== undefined || search.types !== undefined || FIELDS[kind].some(({ name }) => search[name] !== undefined);
  const choose = (rows: Row<K>[], on: boolean) =>
    setChosen((old) => {
      const next = new Map(old);
      for (const row of rows) {
        if (on) next.set(rowKey(kind, row), row);
        else next.delete(rowKey(kind, row));
      }
      return next;
    });
  const inSight = data && !isPlaceholderData ? data.rows.filter((row) => chosen.has(rowKey(kind, row))).length : chosen.size;
  const countText = count.data && (kind === "runs" ? explorer.countRuns : explorer.countTasks)(count.data.count, count.data.more);
  return (
    <div className="page explorer">
      <div className="dags__head">
        {title ?? <h1>{kind === "runs" ? explorer.runs : explorer.tasks}</h1>}
        <span className="quiet" aria-live="polite">
          {countText}
        </span>
      </div>
      <div className="dags__filter" role="search">
        <Filters kind={kind} search={search} hasDag={here.dag !== undefined} onChange={change} />
        {isFiltered && (
          <button type="button" className="button button--plain" onClick={() => onSearch({ sort: search.sort })}>
            <X size={14} /> {words.dags.clearFilters}
          </button>
        )}
        <span className="grow" />
        <FilterMenu
          icon={Columns3}
          label={explorer.columns}
          options={(COLUMNS[kind] as Column<K>[]).map(({ name }) => [name, explorer.column[name]])}
          chosen={shown}
          onChange={(next) => {
            setShown(next);
            saveColumns(kind, next);
          }}
        />
        <SavedViews list={kind} search={search} onOpen={(view) => onSearch(view as ExplorerSearch)} />
        <CsvButton kind={kind} search={here} columns={columns} />
      </div>
      <FilterChips kind={kind} search={search} onChange={change} />
      {chosen.size > 0 && (
        <div className="explorer__bulk" role="group" aria-label={explorer.bulk}>
          <strong aria-live="polite">{explorer.selectedHere(chosen.size, chosen.size - inSight)}</strong>
          {action === null && count.data && count.data.count > chosen.size && (
            <SelectAll key={filter} kind={kind} search={here} count={count.data.count} onAll={(rows) => choose(rows, true)} />
          )}
          <button type="button" className="button button--plain button--small" onClick={() => setChosen(new Map())}>
            {explorer.selectNone}
          </button>
          <span className="grow" />
          {kind === "runs" && <CompareLink rows={[...chosen.values()] as RunRow[]} />}
          {(ACTIONS[kind] as Action<K>[]).map((one) => {
            const refusal = may(one === "delete" ? "delete" : "edit", kind === "runs" ? "DAG Runs" : "Task Instances");
            return (
              <button
                key={one}
                type="button"
                className={one === "delete" ? "button button--small button--danger" : "button button--small"}
                disabled={refusal !== undefined}
                title={refusal}
                onClick={() => setAction(one)}
              >
                {explorer.action[one]}
              </button>
            );
          })}
        </div>
      )}
      {error && !data ? (
        <Problem error={error} again={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={10} />
      ) : data.rows.length === 0 ? (
        isFiltered ? <Notice title={explorer.nothingTitle} text={explorer.nothingText} /> : <Notice title={kind === "runs" ? explorer.emptyRuns : explorer.emptyTasks} text={explorer.emptyText} />
      ) : (
        <ExplorerTable
          kind={kind}
          columns={columns}
          rows={data.rows}
          sort={sort}
          isOld={isPlaceholderData}
          chosen={chosen}
          onSort={(next) => change({ sort: next === DEFAULT_SORT[kind] ? undefined : next })}
          onChoose={choose}
        />
      )}
      {data && (data.next !== null || data.previous !== null) && (
        <nav className="row pager" aria-label={explorer.older}>
          <button type="button" className="button button--small" disabled={search.cursor === undefined} title={search.cursor === undefined ? words.dags.isFirst : undefined} onClick={() => onSearch({ ...search, cursor: undefined })}>
            {explorer.first}
          </button>
          <button type="button" className="button button--small" disabled={data.previous === null} title={data.previous === null ? words.dags.isFirst : undefined} onClick={() => onSearch({ ...search, cursor: data.previous ?? undefined })}>
            <ChevronLeft size={14} /> {explorer.newer}
          </button>
          <button type="button" className="button button--small" disabled={data.next === null} title={data.next === null ? words.dags.isLast : undefined} onClick={() => onSearch({ ...search, cursor: data.next ?? undefined })}>
            {explorer.older} <ChevronRight size={14} />
          </button>
        </nav>
      )}
      {action !== null && (
        <BulkDialog
          kind={kind}
          action={action}
          rows={[...chosen.values()]}
          onClose={(isDone) => {
            setAction(null);
            if (isDone) setChosen(new Map());
          }}
        />
      )}
    </div>
  );
}

/** Leads to two chosen runs beside each other, the earlier one first. */
function CompareLink({ rows }: { rows: RunRow[] }) {
  const [a, b] = rows.toSorted((one, two) => one.run_after.localeCompare(two.run_after));
  if (rows.length !== 2 || !a || !b || a.dag_id !== b.dag_id)
    return (
      <button type="button" className="button button--small" disabled title={explorer.compareTwo}>
        <Columns2 size={13} /> {explorer.compare}
      </button>
    );
  return (
    <PlainLink className="button button--small" href={comparePlace(a.dag_id, b.dag_run_id, a.dag_run_id)}>
      <Columns2 size={13} /> {explorer.compare}
    </PlainLink>
  );
}

function SelectAll<K extends Kind>({ kind, search, count, onAll }: { kind: K; search: ExplorerSearch; count: number; onAll: (rows: Row<K>[]) => void }) {
  const [read, setRead] = useState<number | null>(null);
  // Once the filter is another one, or it is asked what to do with the rows that are chosen so far, nobody wants the others.
  const abort = useRef(new AbortController());
  useEffect(() => () => abort.current.abort(), []);
  const all = async () => {
    abort.current = new AbortController();
    const { signal } = abort.current;
    setRead(0);
    try {
      const rows = await readAll(kind, search, setRead, signal);
      if (!signal.aborted) onAll(rows);
    } catch (error) {
      if (!signal.aborted) toasts.fail(error);
    }
    setRead(null);
  };
  return (
    <button type="button" className="button button--small" disabled={read !== null} onClick={() => void all()}>
      {read === null ? explorer.selectAll(Math.min(count, MOST_ROWS)) : explorer.reading(read)}
    </button>
  );
}

function CsvButton<K extends Kind>({ kind, search, columns }: { kind: K; search: ExplorerSearch; columns: Column<K>[] }) {
  const [read, setRead] = useState<number | null>(null);
  const save = async () => {
    setRead(0);
    try {
      const rows = await readAll(kind, search, setRead);
      download(
        `${kind}.csv`,
        csv(
          columns.map(({ name }) => explorer.column[name]),
          rows.map((row) => columns.map((column) => column.value(row))),
        ),
      );
    } catch (error) {
      toasts.fail(error);
    }
    setRead(null);
  };
  return (
    <button type="button" className="button" disabled={read !== null} title={explorer.csvTitle(MOST_ROWS)} onClick={() => void save()}>
      <Download size={14} /> {read === null ? explorer.csv : explorer.reading(read)}
    </button>
  );
}
