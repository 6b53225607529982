import { Link } from "@tanstack/react-router";
import { FoldHorizontal, FolderTree, LayoutGrid, Minus, Plus, SlidersHorizontal, Spline, Table2, Workflow } from "lucide-react";

import { useNarrow } from "../../hooks/useNarrow";
import type { GanttSearch } from "../../routes/gantt";
import type { Gantt } from "../../services/gantt";
import { ganttWords } from "../../words/gantt";
import { formatDuration } from "../../words/times";
import { STATE_ORDER } from "../grid/model";
import { SearchField } from "../lists/SearchField";
import { Menu, MenuCheck, MenuChoice, MenuItem, MenuLabel, MenuLine } from "../Menu";
import { StateBadge, stateText } from "../StateIcon";

/** Seconds that one may ask for. */
const LENGTHS = [1, 10, 60, 600, 3_600];

type Change = (part: GanttSearch) => void;
type Props = {
  dagId: string;
  runId: string;
  gantt: Gantt;
  now: number;
  hasGroups: boolean;
  search: GanttSearch;
  onChange: Change;
  /** By the key that does the same. */
  onZoom: (key: "+" | "-" | "0") => void;
};

/** What run it is, and how it is drawn. Where there is little room most of it is in a menu. */
export function GanttToolbar({ dagId, runId, gantt, now, hasGroups, search, onChange, onZoom }: Props) {
  const t = ganttWords;
  const isNarrow = useNarrow();
  const began = gantt.start_date ?? gantt.queued_at;
  const options = optionsOf(gantt, search, hasGroups, onChange);
  return (
    <div className="ganttbar" role="search">
      <div className="ganttbar__head">
        <StateBadge state={gantt.run_state} round />
        <code className="truncate ganttbar__run" title={runId}>
          {runId}
        </code>
        {began && <span className="soft ganttbar__took">{formatDuration(((gantt.end_date ? Date.parse(gantt.end_date) : now) - Date.parse(began)) / 1000)}</span>}
        <Link to="/dags/$dagId/runs/$runId" params={{ dagId, runId }} className="button button--small" title={t.toGrid}>
          <LayoutGrid size={13} /> <span className="ganttbar__way">{t.toGrid}</span>
        </Link>
        <Link to="/dags/$dagId/graph" params={{ dagId }} search={{ run: runId }} className="button button--small" title={t.toGraph}>
          <Workflow size={13} /> <span className="ganttbar__way">{t.toGraph}</span>
        </Link>
      </div>
      <div className="ganttbar__tools">
        <SearchField className="ganttbar__search" label={t.filter} value={search.tasks ?? ""} onChange={(text) => onChange({ tasks: text || undefined })} />
        {isNarrow ? <InMenu options={options} onWhole={search.zoom === undefined ? null : () => onZoom("0")} /> : <Spread options={options} />}
        <div className="row ganttbar__zoom">
          <button type="button" className="button button--icon" aria-label={t.zoomIn} title={t.zoomIn} onClick={() => onZoom("+")}>
            <Plus size={15} />
          </button>
          <button type="button" className="button button--icon" aria-label={t.zoomOut} title={t.zoomOut} disabled={search.zoom === undefined} onClick={() => onZoom("-")}>
            <Minus size={15} />
          </button>
          {search.zoom !== undefined && !isNarrow && (
            <button type="button" className="button" onClick={() => onZoom("0")}>
              {t.whole}
            </button>
          )}
        </div>
      </div>
    </div>
  );
}

type OnOff = { name: string; icon: typeof Plus; text: string; tip?: string; isOn: boolean; set: (isOn: boolean) => void };
type Choice = { name: string; text: string; value: string; values: (readonly [string, string])[]; set: (value: string) => void };
type Options = { switches: OnOff[]; choices: Choice[] };

function optionsOf(gantt: Gantt, search: GanttSearch, hasGroups: boolean, onChange: Change): Options {
  const t = ganttWords;
  const groups: OnOff = { name: "groups", icon: FolderTree, text: t.groups, tip: t.groupsTip, isOn: !search.flat, set: (isOn) => onChange({ flat: isOn ? undefined : true }) };
  return {
    switches: [
      ...(hasGroups ? [groups] : []),
      { name: "squeeze", icon: FoldHorizontal, text: t.squeeze, tip: t.squeezeTip, isOn: search.squeeze === true, set: (isOn) => onChange({ squeeze: isOn || undefined, zoom: undefined }) },
      { name: "critical", icon: Spline, text: t.critical, isOn: search.critical === true, set: (isOn) => onChange({ critical: isOn || undefined }) },
      { name: "table", icon: Table2, text: t.table, isOn: search.table === true, set: (isOn) => onChange({ table: isOn || undefined }) },
    ],
    choices: [
      {
        name: "states",
        text: t.states,
        value: search.only ?? "",
        values: [
          ["", t.anyState],
          ["failing", t.failing],
          ...STATE_ORDER.filter((state) => gantt.rows.some((row) => row.state === state) || state === search.only).map((state) => [state, stateText(state)] as const),
        ],
        set: (value) => onChange({ only: value || undefined }),
      },
      {
        name: "least",
        text: t.least,
        value: String(search.least ?? ""),
        values: [["", t.anyLength], ...[...new Set([...LENGTHS, search.least ?? 1])].sort((a, b) => a - b).map((seconds) => [String(seconds), t.atLeast(formatDuration(seconds))] as const)],
        set: (value) => onChange({ least: Number(value) || undefined }),
      },
    ],
  };
}

function Spread({ options: { switches, choices } }: { options: Options }) {
  const groups = switches.find((one) => one.name === "groups");
  const others = switches.filter((one) => one !== groups);
  return (
    <>
      {groups && <Switch one={groups} />}
      {choices.map(({ name, text, value, values, set }) => (
        <select key={name} className="input ganttbar__select" aria-label={text} value={value} onChange={(event) => set(event.target.value)}>
          {values.map(([one, label]) => (
            <option key={one} value={one}>
              {label}
            </option>
          ))}
        </select>
      ))}
      {others.map((one) => (
        <Switch key={one.name} one={one} />
      ))}
    </>
  );
}

function Switch({ one: { icon: Icon, text, tip, isOn, set } }: { one: OnOff }) {
  return (
    <button type="button" className="button" aria-pressed={isOn} title={tip} onClick={() => set(!isOn)}>
      <Icon size={14} /> {text}
    </button>
  );
}

function InMenu({ options: { switches, choices }, onWhole }: { options: Options; onWhole: (() => void) | null }) {
  return (
    <Menu
      trigger={
        <button type="button" className="button" data-chosen={choices.some((choice) => choice.value !== "") || undefined}>
          <SlidersHorizontal size={14} /> {ganttWords.view}
        </button>
      }
    >
      {switches.map((one) => (
        <MenuCheck key={one.name} checked={one.isOn} onChange={one.set}>
          {one.text}
        </MenuCheck>
      ))}
      {onWhole && <MenuItem onSelect={onWhole}>{ganttWords.whole}</MenuItem>}
      {choices.map((choice) => (
        <div key={choice.name} role="none">
          <MenuLine />
          <MenuLabel>{choice.text}</MenuLabel>
          <MenuChoice value={choice.value} options={choice.values} onChange={choice.set} />
        </div>
      ))}
    </Menu>
  );
}
