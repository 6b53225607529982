/** What a person chose for this browser: theme, colours of states, single-key shortcuts, how logs look, the time zone. */

import { language } from "../words/language";

export type Theme = "system" | "light" | "dark";
export type Palette = "classic" | "safe";
export type Density = "comfortable" | "compact";
/** `zone`: the time zone in which moments are shown, "local" or a name of the IANA data base. */
export type Settings = { theme: Theme; palette: Palette; density: Density; keys: boolean; wrap: boolean; times: boolean; sources: boolean; zone: string };

const KEY = "ostro.settings";
const DEFAULTS: Settings = { theme: "system", palette: "classic", density: "comfortable", keys: true, wrap: true, times: true, sources: false, zone: "local" };

const darkness = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let value: Settings = read();

function read(): Settings {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Settings>) };
  } catch {
    // Storage is forbidden or holds something else: the defaults serve.
    return DEFAULTS;
  }
}

function show(): void {
  const root = document.documentElement;
  const isDark = value.theme === "dark" || (value.theme === "system" && darkness.matches);
  root.dataset.theme = isDark ? "dark" : "light";
  root.dataset.palette = value.palette;
  root.dataset.density = value.density;
  root.lang = language();
}

export const settings = {
  current: (): Settings => value,
  /** What decides the colours of the page, as text: the theme, which may be that of the system, and the palette. */
  look: (): string => `${document.documentElement.dataset.theme} ${value.palette}`,
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  change: (part: Partial<Settings>): void => {
    value = { ...value, ...part };
    try {
      localStorage.setItem(KEY, JSON.stringify(value));
    } catch {
      // The choice lasts as long as this page.
    }
    show();
    for (const listener of listeners) listener();
  },
  /** Called once, before the first picture. */
  start: (): void => {
    darkness.addEventListener("change", () => {
      // Who draws in the colours of the page by itself hears of new ones as of a new setting.
      value = { ...value };
      show();
      for (const listener of listeners) listener();
    });
    show();
  },
};
