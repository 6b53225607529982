import "../styles/dags.css";

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Search, Tag, X } from "lucide-react";
import { useEffect, useState } from "react";

import { DagTable } from "../components/dags/DagTable";
import { ImportErrors } from "../components/dags/ImportErrors";
import { Menu, MenuCheck, MenuLabel } from "../components/Menu";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { Pager } from "../components/Pager";
import { TriggerDialog } from "../components/trigger/TriggerDialog";
import { useTitle } from "../hooks/useTitle";
import { DAG_SHOWS, type DagsSearch } from "../routes/dags";
import { DAGS_PER_PAGE, type DagFilter, dagsQuery } from "../services/dags";
import type { DagTotals } from "../services/types";
import { words } from "../words";

/** The filter that the address names. */
function filterOf(search: DagsSearch): DagFilter {
  const { show } = search;
  return {
    search: search.search,
    tags: search.tags,
    paused: show === "paused" ? true : show === "active" ? false : undefined,
    lastState: show === "running" || show === "failed" ? show : undefined,
    order: search.order,
    page: search.page,
  };
}

export function DagsPage() {
  useTitle(words.dags.title);
  const search = useSearch({ from: "/layout/dags" });
  const navigate = useNavigate({ from: "/dags" });
  const change = (part: DagsSearch, replace = false) =>
    void navigate({ search: (old) => ({ ...old, page: undefined, ...part }), replace });
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery(dagsQuery(filterOf(search)));
  const [triggered, setTriggered] = useState<string | null>(null);
  const isFiltered = Boolean(search.search ?? search.tags ?? search.show);
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
        <SearchField value={search.search ?? ""} onChange={(text) => change({ search: text || undefined }, true)} />
        <TagMenu all={data?.tags ?? []} chosen={search.tags ?? []} onChange={(tags) => change({ tags: tags.length ? tags : undefined })} />
        {isFiltered && (
          <button type="button" className="button button--plain" onClick={() => change({ search: undefined, tags: undefined, show: undefined })}>
            <X size={14} /> {words.dags.clearFilters}
          </button>
        )}
      </div>
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

/** The text is kept here while it is typed; the address, and with it the list, follows a moment later. */
function SearchField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = window.setTimeout(() => onChange(text), 150);
    return () => window.clearTimeout(timer);
  });
  return (
    <div className="searchbox dags__search">
      <Search size={14} aria-hidden="true" />
      <input data-search className="input input--search" type="search" aria-label={words.dags.search} placeholder={words.dags.search} value={text} onChange={(event) => setText(event.target.value)} />
      {text === "" && <kbd aria-hidden="true">/</kbd>}
    </div>
  );
}

function TagMenu({ all, chosen, onChange }: { all: string[]; chosen: string[]; onChange: (tags: string[]) => void }) {
  return (
    <>
      <Menu
        align="start"
        trigger={
          <button type="button" className="button">
            <Tag size={14} /> {words.dags.tags}
          </button>
        }
      >
        {all.length === 0 && <MenuLabel>{words.dags.noTags}</MenuLabel>}
        {all.map((tag) => (
          <MenuCheck key={tag} checked={chosen.includes(tag)} onChange={(on) => onChange(on ? [...chosen, tag] : chosen.filter((one) => one !== tag))}>
            {tag}
          </MenuCheck>
        ))}
      </Menu>
      {chosen.map((tag) => (
        <button key={tag} type="button" className="tag" onClick={() => onChange(chosen.filter((one) => one !== tag))}>
          {tag} <X size={11} aria-label={words.common.close} />
        </button>
      ))}
    </>
  );
}
