/** Which columns of a list a person wants to see, kept in this browser. */

const key = (list: string) => `ostro.columns.${list}`;

export function readColumns(list: string, usual: string[]): string[] {
  try {
    const found = JSON.parse(localStorage.getItem(key(list)) ?? "null") as unknown;
    return Array.isArray(found) && found.length > 0 ? found.map(String) : usual;
  } catch {
    // Storage is forbidden or holds something else.
    return usual;
  }
}

export function saveColumns(list: string, columns: string[]): void {
  try {
    localStorage.setItem(key(list), JSON.stringify(columns));
  } catch {
    // The choice lasts as long as this page.
  }
}
