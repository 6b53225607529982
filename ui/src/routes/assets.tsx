/** Assets: the list, one of them, and who makes what of what. */

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { layout } from "./frame";
import { count, defined, flag, oneOf, type Raw, text } from "./search";

export const ASSET_ORDERS = ["name", "-name", "group", "-group", "last_event", "-last_event"] as const;
export const ASSET_TABS = ["events", "lineage", "waiting", "state"] as const;

export type AssetsSearch = {
  search?: string | undefined;
  group?: string | undefined;
  order?: (typeof ASSET_ORDERS)[number] | undefined;
  page?: number | undefined;
  /** Also assets that no DAG names any more. */
  gone?: true | undefined;
  /** The drawing of all of them in place of the list. */
  lineage?: true | undefined;
  /** The chosen node of the drawing. */
  node?: string | undefined;
};

export type AssetSearch = {
  tab?: (typeof ASSET_TABS)[number] | undefined;
  page?: number | undefined;
  /** Steps of the lineage; absent = 2. */
  depth?: number | undefined;
};

const assetsRoute = createRoute({
  getParentRoute: () => layout,
  path: "/assets",
  component: lazyRouteComponent(() => import("../pages/AssetsPage"), "AssetsPage"),
  validateSearch: (raw: Raw): AssetsSearch =>
    defined({
      search: text(raw.search),
      group: text(raw.group),
      order: oneOf(raw.order, ASSET_ORDERS),
      page: count(raw.page),
      gone: flag(raw.gone),
      lineage: flag(raw.lineage),
      node: text(raw.node),
    }),
});

const assetRoute = createRoute({
  getParentRoute: () => layout,
  path: "/assets/$assetId",
  component: lazyRouteComponent(() => import("../pages/AssetPage"), "AssetPage"),
  validateSearch: (raw: Raw): AssetSearch => defined({ tab: oneOf(raw.tab, ASSET_TABS), page: count(raw.page), depth: count(raw.depth) }),
});

export const assetRoutes = [assetsRoute, assetRoute] as const;
