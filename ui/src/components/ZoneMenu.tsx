import { Globe } from "lucide-react";
import { useState } from "react";

import { useSettings } from "../hooks/useSettings";
import { settings } from "../services/settings";
import { words } from "../words";
import { zoneName } from "../words/times";
import { zones } from "../words/zones";
import { Dialog } from "./Dialog";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from "./Menu";

const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** In which time zone moments are shown: the browser's, UTC, the installation's or any other. */
export function ZoneMenu({ installation }: { installation: string }) {
  const { zone } = useSettings();
  const [isChoosing, setChoosing] = useState(false);
  const short = zoneName().split("/").at(-1)?.replaceAll("_", " ") ?? "";
  const options: [string, string][] = [
    ["local", zones.local(own)],
    ["UTC", "UTC"],
  ];
  if (installation !== "UTC") options.push([installation, zones.installation(installation)]);
  if (!options.some(([value]) => value === zone)) options.push([zone, zone]);
  return (
    <>
      <Menu
        trigger={
          <button type="button" className="button button--plain topbar__zone" aria-label={zones.menu(short)} title={zones.menu(zoneName())}>
            <Globe size={15} strokeWidth={1.75} aria-hidden="true" />
            <span>{short}</span>
          </button>
        }
      >
        <MenuLabel>{zones.title}</MenuLabel>
        <MenuChoice value={zone} options={options} onChange={(next) => settings.change({ zone: next })} />
        <MenuLine />
        <MenuItem onSelect={() => setChoosing(true)}>{zones.other}</MenuItem>
      </Menu>
      {isChoosing && <OtherZone onClose={() => setChoosing(false)} />}
    </>
  );
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name !== "";
  } catch {
    return false;
  }
}

function OtherZone({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [isWrong, setWrong] = useState(false);
  const choose = () => {
    if (!isZone(name.trim())) return setWrong(true);
    settings.change({ zone: name.trim() });
    onClose();
  };
  return (
    <Dialog
      title={zones.title}
      onClose={onClose}
      onSubmit={choose}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className="button button--primary">
            {zones.choose}
          </button>
        </>
      }
    >
      <div className="field">
        <label htmlFor="zone-name">{zones.name}</label>
        <input
          id="zone-name"
          className="input"
          list="zone-names"
          value={name}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? "zone-wrong" : undefined}
          onChange={(event) => {
            setName(event.target.value);
            setWrong(false);
          }}
        />
        <datalist id="zone-names">
          {Intl.supportedValuesOf("timeZone").map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        {isWrong && (
          <span className="field__error" id="zone-wrong" role="alert">
            {zones.unknown}
          </span>
        )}
      </div>
    </Dialog>
  );
}
