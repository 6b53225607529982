import "../styles/dags.css";

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Box, ListFilter, Tag, User, X } from "lucide-react";
import { useState } from "react";

import { DagTable } from "../components/dags/DagTable";
import { ImportErrors } from "../components/dags/ImportErrors";
import { Chip, FilterMenu } from "../components/lists/FilterMenu";
import { SavedViews } from "../components/lists/SavedViews";
import { SearchField } from "../components/lists/SearchField";
import { MenuCheck, MenuLine } from "../components/Menu";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { Pager } from "../components/Pager";
import { TriggerDialog } from "../components/trigger/TriggerDialog";
import { useRowKeys } from "../hooks/useRowKeys";
import { useTitle } from "../hooks/useTitle";
import { DAG_SHOWS, dagsFilter, type DagsSearch } from "../routes/dagsSearch";
import { DAGS_PER_PAGE, dagsQuery } from "../services/dags";
import type { DagTotals } from "../services/types";
import { words } from "../words";
import { lists } from "../words/lists";

/** Filters that are on or off. */
const MORE = [
  ["favorite", lists.favorite],
  ["assets", lists.assetScheduled],
  ["broken", lists.withErrors],
  ["pending", lists.pending],
] as const;
const NO_FILTER: DagsSearch = {
  search: undefined,
  tags: undefined,
  any_tag: undefined,
  owners: undefined,
  bundles: undefined,
  show: undefined,
  favorite: undefined,
  assets: undefined,
  broken: undefined,
  pending: undefined,
};

const some = (values: string[]): string[] | undefined => (values.length ? values : undefined);

export function DagsPage() {
  useTitle(words.dags.title);
  const search = useSearch({ from: "/layout/dags" });
  const navigate = useNavigate({ from: "/dags" });
  const change = (part: DagsSearch, replace = false) =>
    void navigate({ search: (old) => ({ ...old, page: undefined, ...part }), replace });
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery(dagsQuery(dagsFilter(search)));
  const [triggered, setTriggered] = useState<string | null>(null);
  useRowKeys("tr[data-dag] [data-row]");
  const isFiltered = Object.keys(NO_FILTER).some((name) => name !== "any_tag" && search[name as keyof DagsSearch] !== undefined);
  return (
    <div className="page dags">
      <div className="dags__head">
        <h1>{words.dags.title}</h1>
        <span className="quiet" aria-live="polite">
          {data && words.dags.shown(data.total_entries, data.totals.all)}
        </span>
      </div>
      <ImportErrors count={data?.import_errors ?? 0} isOpen={search.errors === true} onOpen={(open) => change({ errors: open || undefined })} />
      <div className="dags__filter" role="search">
        <Shows totals={data?.totals} value={search.show} onChange={(show) => change({ show })} />
        <SearchField label={words.dags.search} value={search.search ?? ""} onChange={(text) => change({ search: text || undefined }, true)} />
        <FilterMenu
          icon={Tag}
          label={words.dags.tags}
          empty={words.dags.noTags}
          options={(data?.tags ?? []).map((tag) => [tag, tag])}
          chosen={search.tags ?? []}
          onChange={(tags) => change({ tags: some(tags) })}
        >
          {(search.tags?.length ?? 0) > 1 && (
            <>
              <MenuCheck checked={!search.any_tag} onChange={(all) => change({ any_tag: all ? undefined : true })}>
                {lists.tagsAll}
              </MenuCheck>
              <MenuLine />
            </>
          )}
        </FilterMenu>
        <FilterMenu icon={User} label={lists.owners} options={(data?.owners ?? []).map((one) => [one, one])} chosen={search.owners ?? []} onChange={(owners) => change({ owners: some(owners) })} />
        {((data?.bundles.length ?? 0) > 1 || search.bundles) && (
          <FilterMenu icon={Box} label={lists.bundles} options={(data?.bundles ?? []).map((one) => [one, one])} chosen={search.bundles ?? []} onChange={(bundles) => change({ bundles: some(bundles) })} />
        )}
        <FilterMenu
          icon={ListFilter}
          label={lists.more}
          options={MORE}
          chosen={MORE.map(([name]) => name).filter((name) => search[name])}
          onChange={(chosen) => change(Object.fromEntries(MORE.map(([name]) => [name, chosen.includes(name) || undefined])))}
        />
        <SavedViews list="dags" search={search} onOpen={(view) => void navigate({ search: view as DagsSearch })} />
        {isFiltered && (
          <button type="button" className="button button--plain" onClick={() => change(NO_FILTER)}>
            <X size={14} /> {words.dags.clearFilters}
          </button>
        )}
      </div>
      <Chips search={search} onChange={change} />
      {error && !data ? (
        <Problem error={error} again={() => void refetch()} />
      ) : isPending ? (
        <Skeleton lines={8} />
      ) : data.dags.length === 0 ? (
        <Notice title={isFiltered ? words.dags.nothingTitle : words.dags.emptyTitle} text={isFiltered ? words.dags.nothingText : words.dags.emptyText} />
      ) : (
        <DagTable
          dags={data.dags}
          order={search.order ?? "dag_id"}
          isOld={isPlaceholderData}
          onOrder={(order) => change({ order: order === "dag_id" ? undefined : order })}
          onTag={(tag) => change({ tags: [...new Set([...(search.tags ?? []), tag])] })}
          onTrigger={setTriggered}
        />
      )}
      {data && <Pager page={search.page ?? 1} size={DAGS_PER_PAGE} total={data.total_entries} onPage={(page) => change({ page: page === 1 ? undefined : page })} />}
      {triggered !== null && <TriggerDialog dagId={triggered} onClose={() => setTriggered(null)} />}
    </div>
  );
}

function Shows({ totals, value, onChange }: { totals: DagTotals | undefined; value: DagsSearch["show"]; onChange: (show: DagsSearch["show"]) => void }) {
  const one = (show: DagsSearch["show"], count: number | undefined) => (
    <button key={show ?? "all"} type="button" className="segment" data-alarm={(show === "failed" && Boolean(count)) || undefined} aria-pressed={value === show} onClick={() => onChange(show)}>
      {words.dags[show ?? "all"]}
      <span className="segment__count">{count?.toLocaleString(words.locale)}</span>
    </button>
  );
  return (
    <div className="segments" role="group" aria-label={words.dags.filters}>
      {one(undefined, totals?.all)}
      {DAG_SHOWS.map((show) => one(show, totals?.[show]))}
    </div>
  );
}

/** The filters that hold, each with a way to end it. */
function Chips({ search, onChange }: { search: DagsSearch; onChange: (part: DagsSearch) => void }) {
  const of = (field: "tags" | "owners" | "bundles", name: string) =>
    (search[field] ?? []).map((one) => (
      <Chip key={`${field} ${one}`} name={`${name} ${one}`} onRemove={() => onChange({ [field]: some((search[field] ?? []).filter((other) => other !== one)) })}>
        {name}: {one}
      </Chip>
    ));
  const chips = [
    ...of("tags", words.dags.tags),
    ...of("owners", lists.owners),
    ...of("bundles", lists.bundles),
    ...MORE.filter(([name]) => search[name]).map(([name, text]) => (
      <Chip key={name} name={text} onRemove={() => onChange({ [name]: undefined })}>
        {text}
      </Chip>
    )),
  ];
  return chips.length > 0 ? <div className="chips">{chips}</div> : null;
}
