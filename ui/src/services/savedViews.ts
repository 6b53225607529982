/** Views of lists that a person named: what stands behind the `?` of the address, kept in this browser. */

export type SavedView = { name: string; search: Record<string, unknown> };

const key = (list: string) => `ostro.views.${list}`;

export const savedViews = {
  read: (list: string): SavedView[] => {
    try {
      const found = JSON.parse(localStorage.getItem(key(list)) ?? "[]") as unknown;
      return Array.isArray(found) ? (found as SavedView[]).filter((one) => typeof one.name === "string" && typeof one.search === "object") : [];
    } catch {
      // Storage is forbidden or holds something else: there are no views.
      return [];
    }
  },
  /** A view of the same name is replaced. */
  save: (list: string, view: SavedView): void => {
    const others = savedViews.read(list).filter((one) => one.name !== view.name);
    localStorage.setItem(key(list), JSON.stringify([...others, view].sort((a, b) => a.name.localeCompare(b.name))));
  },
  remove: (list: string, name: string): void => {
    localStorage.setItem(key(list), JSON.stringify(savedViews.read(list).filter((one) => one.name !== name)));
  },
};
