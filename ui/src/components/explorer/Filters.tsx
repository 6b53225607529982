import { CalendarClock, CircleDot, Filter, Shapes } from "lucide-react";
import { useState } from "react";

import { type ExplorerSearch, type Field, FIELDS, type Kind } from "../../services/explorer";
import type { RunState, RunType, TaskState } from "../../services/types";
import { instantOf, wallClock } from "../../services/zones";
import { words } from "../../words";
import { explorer } from "../../words/explorer";
import { lists } from "../../words/lists";
import { formatShort, zoneName } from "../../words/times";
import { zones } from "../../words/zones";
import { Dialog } from "../Dialog";
import { Chip, FilterMenu } from "../lists/FilterMenu";
import { SearchField } from "../lists/SearchField";
import { Menu, MenuItem } from "../Menu";
import { StateIcon } from "../StateIcon";

const RUN_STATES: RunState[] = ["failed", "running", "queued", "success"];
const TASK_STATES = Object.keys(words.taskState) as TaskState[];
const TYPES = Object.keys(words.runType) as RunType[];
const SPANS = [
  ["hour", 3_600_000],
  ["day", 86_400_000],
  ["week", 604_800_000],
  ["month", 2_592_000_000],
] as const;

type Props = { kind: Kind; search: ExplorerSearch; hasDag: boolean; onChange: (part: ExplorerSearch, replace?: boolean) => void };

const some = <T,>(values: T[]): T[] | undefined => (values.length > 0 ? values : undefined);

export function Filters({ kind, search, hasDag, onChange }: Props) {
  const [isOpen, setOpen] = useState(false);
  const states: readonly (RunState | TaskState)[] = kind === "runs" ? RUN_STATES : TASK_STATES;
  const since = (span: number) => onChange({ after: new Date(Math.floor((Date.now() - span) / 60_000) * 60_000).toISOString(), before: undefined });
  return (
    <>
      {!hasDag && <SearchField label={explorer.field.q} value={search.q ?? ""} onChange={(text) => onChange({ q: text || undefined }, true)} />}
      {hasDag && kind === "runs" && <SearchField label={explorer.field.run} value={search.run ?? ""} onChange={(text) => onChange({ run: text || undefined }, true)} />}
      <FilterMenu icon={CircleDot} label={lists.state} options={states.map((state) => [state, words.taskState[state]])} chosen={search.states ?? []} onChange={(state) => onChange({ states: some(state) })} />
      {kind === "runs" && (
        <FilterMenu icon={Shapes} label={explorer.type} options={TYPES.map((type) => [type, words.runType[type]])} chosen={search.types ?? []} onChange={(type) => onChange({ types: some(type as RunType[]) })} />
      )}
      <Menu
        align="start"
        trigger={
          <button type="button" className="button" data-chosen={search.after !== undefined || search.before !== undefined || undefined}>
            <CalendarClock size={14} /> {explorer.time}
          </button>
        }
      >
        {SPANS.map(([name, span]) => (
          <MenuItem key={name} onSelect={() => since(span)}>
            {explorer.times[name]}
          </MenuItem>
        ))}
        <MenuItem onSelect={() => onChange({ after: undefined, before: undefined })}>{explorer.times.any}</MenuItem>
      </Menu>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        <Filter size={14} /> {explorer.filters}
      </button>
      {isOpen && (
        <FilterDialog
          fields={FIELDS[kind].filter((field) => !(hasDag && field.name === "q"))}
          search={search}
          onClose={() => setOpen(false)}
          onApply={(part) => {
            onChange(part);
            setOpen(false);
          }}
        />
      )}
    </>
  );
}

/** The filters that hold, each with a way to end it. */
export function FilterChips({ kind, search, onChange }: Omit<Props, "hasDag">) {
  const fields = FIELDS[kind].filter((field) => search[field.name] !== undefined && field.name !== "q");
  const states = search.states ?? [];
  const types = kind === "runs" ? (search.types ?? []) : [];
  if (fields.length + states.length + types.length === 0 && search.dag === undefined) return null;
  return (
    <div className="chips">
      {search.dag !== undefined && (
        <Chip name={explorer.field.dag} onRemove={() => onChange({ dag: undefined, dag_run: undefined })}>
          {explorer.field.dag}: {search.dag}
        </Chip>
      )}
      {search.dag_run !== undefined && (
        <Chip name={explorer.column.run} onRemove={() => onChange({ dag_run: undefined })}>
          {explorer.column.run}: {search.dag_run}
        </Chip>
      )}
      {states.map((state) => (
        <Chip key={state} name={words.taskState[state as TaskState] ?? state} onRemove={() => onChange({ states: some(states.filter((one) => one !== state)) })}>
          <StateIcon state={state as TaskState} round={kind === "runs"} /> {words.taskState[state as TaskState] ?? state}
        </Chip>
      ))}
      {types.map((type) => (
        <Chip key={type} name={words.runType[type]} onRemove={() => onChange({ types: some(types.filter((one) => one !== type)) })}>
          {words.runType[type]}
        </Chip>
      ))}
      {fields.map((field) => (
        <Chip key={field.name} name={explorer.field[field.name]} onRemove={() => onChange({ [field.name]: undefined })}>
          {explorer.field[field.name]}: {field.kind === "moment" ? shown(search[field.name] ?? "") : search[field.name]}
        </Chip>
      ))}
    </div>
  );
}

const shown = (at: string): string => (Number.isNaN(Date.parse(at)) ? at : formatShort(at));

type DialogProps = { fields: readonly Field[]; search: ExplorerSearch; onApply: (part: ExplorerSearch) => void; onClose: () => void };

/** Every filter of the list in one form. */
function FilterDialog({ fields, search, onApply, onClose }: DialogProps) {
  const zone = zoneName();
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map((field) => [field.name, written(field, search[field.name], zone)])),
  );
  const apply = () =>
    onApply(
      Object.fromEntries(
        fields.map((field) => {
          const value = values[field.name]?.trim() ?? "";
          return [field.name, value === "" ? undefined : field.kind === "moment" ? new Date(instantOf(value, zone)).toISOString() : value];
        }),
      ),
    );
  return (
    <Dialog
      title={explorer.filtersTitle}
      onClose={onClose}
      wide
      onSubmit={apply}
      footer={
        <>
          <button type="button" className="button" onClick={onClose}>
            {words.common.cancel}
          </button>
          <button type="submit" className="button button--primary">
            {explorer.apply}
          </button>
        </>
      }
    >
      <div className="explorer__fields">
        {fields.map((field) => (
          <div key={field.name} className="field">
            <label htmlFor={`filter-${field.name}`}>{explorer.field[field.name]}</label>
            <input
              id={`filter-${field.name}`}
              className="input"
              type={field.kind === "moment" ? "datetime-local" : field.kind === "number" ? "number" : "text"}
              step="any"
              value={values[field.name]}
              onChange={(event) => setValues({ ...values, [field.name]: event.target.value })}
            />
          </div>
        ))}
      </div>
      <p className="quiet">{zones.entered(zone)}</p>
    </Dialog>
  );
}

/** What the field of a form shows for a value of the address. */
function written(field: Field, value: string | undefined, zone: string): string {
  if (value === undefined) return "";
  if (field.kind !== "moment") return value;
  const at = Date.parse(value);
  return Number.isNaN(at) ? "" : wallClock(at, zone).slice(0, 16);
}
