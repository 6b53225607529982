import "../styles/dags.css";
import "../styles/forms.css";
import "../styles/assets.css";

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowDown, ArrowUp } from "lucide-react";

import { Lineage } from "../components/assets/Lineage";
import { SearchField } from "../components/lists/SearchField";
import { Moment } from "../components/Moment";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { Pager } from "../components/Pager";
import { PlainLink } from "../components/PlainLink";
import { useTitle } from "../hooks/useTitle";
import type { AssetsSearch } from "../routes/assets";
import { type AssetLine, ASSETS_PER_PAGE, assetsQuery, lineageQuery } from "../services/assets";
import { words } from "../words";
import { assetWords } from "../words/assets";

/** All assets as a list, or as the drawing of who makes what of what. */
export function AssetsPage() {
  const t = assetWords;
  useTitle(t.title);
  const search = useSearch({ from: "/layout/assets" });
  const navigate = useNavigate({ from: "/assets" });
  const change = (part: AssetsSearch, replace = false) => void navigate({ search: { ...search, page: undefined, ...part }, replace });
  const list = useQuery(assetsQuery(search));
  const { data, error } = list;
  const groups = Object.entries(data?.groups ?? {});
  return (
    <div className={search.lineage ? "page page--full" : "page"}>
      <div className="forms__head">
        <h1>{t.title}</h1>
        <span className="quiet grow" aria-live="polite">
          {data && t.count(data.total_entries)}
        </span>
        <div className="segments" role="group" aria-label={t.title}>
          <button type="button" className="segment" aria-pressed={!search.lineage} onClick={() => change({ lineage: undefined, node: undefined })}>
            {t.list}
          </button>
          <button type="button" className="segment" aria-pressed={search.lineage === true} onClick={() => change({ lineage: true })}>
            {t.lineage}
          </button>
        </div>
      </div>
      {search.lineage ? (
        <WholeLineage node={search.node} onNode={(node) => change({ node }, true)} />
      ) : (
        <>
          <div className="forms__bar">
            <SearchField label={t.search} value={search.search ?? ""} onChange={(text) => change({ search: text || undefined }, true)} />
            {(groups.length > 1 || search.group) && (
              <select className="input forms__select" aria-label={t.group} value={search.group ?? ""} onChange={(event) => change({ group: event.target.value || undefined })}>
                <option value="">{t.allGroups}</option>
                {groups.map(([group, count]) => (
                  <option key={group} value={group}>
                    {group} ({count})
                  </option>
                ))}
              </select>
            )}
            <label className="checkline">
              <input type="checkbox" checked={search.gone ?? false} onChange={(event) => change({ gone: event.target.checked || undefined })} /> {t.gone}
            </label>
          </div>
          {error && !data ? (
            <Problem error={error} again={() => void list.refetch()} />
          ) : !data ? (
            <Skeleton lines={8} />
          ) : data.assets.length === 0 ? (
            search.search || search.group ? <Notice title={t.nothingTitle} text={t.nothingText} /> : <Notice title={t.emptyTitle} text={t.emptyText} />
          ) : (
            <>
              <AssetTable rows={data.assets} order={search.order ?? "name"} onOrder={(order) => change({ order })} />
              <Pager page={search.page ?? 1} size={ASSETS_PER_PAGE} total={data.total_entries} onPage={(page) => change({ page })} />
            </>
          )}
        </>
      )}
    </div>
  );
}

type TableProps = { rows: AssetLine[]; order: NonNullable<AssetsSearch["order"]>; onOrder: (order: AssetsSearch["order"]) => void };

function AssetTable({ rows, order, onOrder }: TableProps) {
  const t = assetWords;
  const head = (column: "name" | "group" | "last_event", label: string) => {
    const isOn = order === column || order === `-${column}`;
    const isDown = order.startsWith("-");
    return (
      <th scope="col" aria-sort={isOn ? (isDown ? "descending" : "ascending") : "none"}>
        <button type="button" className="sort" onClick={() => onOrder(isOn ? (isDown ? column : `-${column}`) : column === "last_event" ? "-last_event" : column)}>
          {label} {isOn && (isDown ? <ArrowDown size={12} aria-hidden="true" /> : <ArrowUp size={12} aria-hidden="true" />)}
        </button>
      </th>
    );
  };
  return (
    <div className="forms__scroll">
      <table className="list assets">
        <thead>
          <tr>
            {head("name", t.name)}
            {head("group", t.group)}
            {head("last_event", t.lastEvent)}
            <th scope="col">{t.producers}</th>
            <th scope="col">{t.consumers}</th>
            <th scope="col">{t.scheduled}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} data-asset={row.name}>
              <td>
                <PlainLink href={`/assets/${row.id}`} className="explorer__name">
                  {row.name}
                </PlainLink>
                {row.uri !== row.name && <span className="assets__uri mono quiet">{row.uri}</span>}
              </td>
              <td>{row.group}</td>
              <td>{row.last_event_at === null ? <span className="quiet">{words.common.never}</span> : <Moment at={row.last_event_at} relative />}</td>
              <td>{row.producers ? t.tasks(row.producers) : <span className="quiet">{words.common.dash}</span>}</td>
              <td>{row.consumers ? t.tasks(row.consumers) : <span className="quiet">{words.common.dash}</span>}</td>
              <td>{row.scheduled ? t.dags(row.scheduled) : <span className="quiet">{words.common.dash}</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function WholeLineage({ node, onNode }: { node: string | undefined; onNode: (node: string | undefined) => void }) {
  const { data, error, refetch } = useQuery(lineageQuery());
  if (error && !data) return <Problem error={error} again={() => void refetch()} />;
  if (!data) return <Skeleton lines={8} />;
  if (data.extras.length === 0) return <Notice title={assetWords.emptyTitle} text={assetWords.emptyText} />;
  return <Lineage graph={data} node={node} onNode={onNode} />;
}
