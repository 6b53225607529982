/** Which language this browser shows: the one chosen here, else the browser's own, else English. */

export type Language = "en" | "ko";

const KEY = "ostro.language";

function chosen(): string | null {
  try {
    return globalThis.localStorage?.getItem(KEY) ?? null;
  } catch {
    // Storage is forbidden: the browser's language serves.
    return null;
  }
}

export function language(): Language {
  const wanted = chosen() ?? globalThis.navigator?.language ?? "en";
  return wanted.startsWith("ko") ? "ko" : "en";
}

/** The texts of an area in the language of this browser; another language is one more entry of the same shape. */
export function inLanguage<T>(texts: Record<Language, T>): T {
  return texts[language()];
}

/** Texts are read once, at the start of the page, so another language begins with a new start. */
export function choose(next: Language): void {
  localStorage.setItem(KEY, next);
  window.location.reload();
}
