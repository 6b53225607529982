/** What stands behind the `?` of the list of DAGs, and the filter that it names. */

import type { DagFilter, DagOrder } from "../services/dags";
import { count, defined, flag, oneOf, type Raw, text, texts } from "./search";

export const DAG_SHOWS = ["active", "paused", "running", "failed"] as const;

export type DagsSearch = {
  search?: string | undefined;
  tags?: string[] | undefined;
  any_tag?: true | undefined;
  owners?: string[] | undefined;
  bundles?: string[] | undefined;
  favorite?: true | undefined;
  assets?: true | undefined;
  broken?: true | undefined;
  pending?: true | undefined;
  show?: (typeof DAG_SHOWS)[number] | undefined;
  order?: DagOrder | undefined;
  page?: number | undefined;
  errors?: true | undefined;
};

/** The filter that the address names. */
export function dagsFilter(search: DagsSearch): DagFilter {
  const { show } = search;
  return {
    search: search.search,
    tags: search.tags,
    anyTag: search.any_tag,
    owners: search.owners,
    bundles: search.bundles,
    favorite: search.favorite,
    assets: search.assets,
    broken: search.broken,
    pending: search.pending,
    paused: show === "paused" ? true : show === "active" ? false : undefined,
    running: show === "running" || undefined,
    lastState: show === "failed" ? show : undefined,
    order: search.order,
    page: search.page,
  };
}

export const dagsSearch = (raw: Raw): DagsSearch =>
  defined({
    search: text(raw.search),
    tags: texts(raw.tags),
    any_tag: flag(raw.any_tag),
    owners: texts(raw.owners),
    bundles: texts(raw.bundles),
    favorite: flag(raw.favorite),
    assets: flag(raw.assets),
    broken: flag(raw.broken),
    pending: flag(raw.pending),
    show: oneOf(raw.show, DAG_SHOWS),
    order: text(raw.order) as DagOrder | undefined,
    page: count(raw.page),
    errors: flag(raw.errors),
  });
