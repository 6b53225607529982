import { useSettings } from "../../hooks/useSettings";
import { type Settings, settings } from "../../services/settings";
import { words } from "../../words";
import { choose, language } from "../../words/language";
import { people } from "../../words/people";
import { zones } from "../../words/zones";
import { Field } from "./Field";

const w = people.settings;
const { top } = words;

/** What a person chooses for this browser. */
export function SettingsForm() {
  const now = useSettings();
  return (
    <div className="admin__grid">
      <Pick label={top.theme} name="theme" options={top.themes} />
      <Pick label={top.palette} name="palette" options={top.palettes} />
      <Pick label={w.density} name="density" options={w.densities} />
      <Field label={top.language} value={language()} onChange={(next) => choose(next as "en" | "ko")} options={[["en", "English"], ["ko", "한국어"]]} />
      <Field
        label={w.zone}
        value={now.zone}
        onChange={(zone) => settings.change({ zone })}
        options={[
          ["local", zones.local(Intl.DateTimeFormat().resolvedOptions().timeZone)],
          ...[...new Set(["UTC", now.zone, ...Intl.supportedValuesOf("timeZone")])].filter((one) => one !== "local").map((one) => [one, one] as const),
        ]}
      />
      <div className="field">
        <Check label={top.keys} name="keys" />
        <span className="field__hint">{w.keysHint}</span>
        <Check label={w.wrap} name="wrap" />
        <Check label={w.times} name="times" />
      </div>
    </div>
  );
}

function Pick<K extends "theme" | "palette" | "density">({ label, name, options }: { label: string; name: K; options: Record<Settings[K], string> }) {
  const value = useSettings()[name];
  return <Field label={label} value={value} onChange={(next) => settings.change({ [name]: next })} options={Object.entries(options) as [string, string][]} />;
}

function Check({ label, name }: { label: string; name: "keys" | "wrap" | "times" }) {
  const value = useSettings()[name];
  return (
    <label className="checkline">
      <input type="checkbox" checked={value} onChange={(event) => settings.change({ [name]: event.target.checked })} /> {label}
    </label>
  );
}
