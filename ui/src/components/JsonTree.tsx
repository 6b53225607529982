import "../styles/json.css";

import { useState } from "react";

import { jsonWords } from "../words/json";
import { CopyButton } from "./CopyButton";

/** Entries of one level that are shown before somebody asks for more. */
const STEP = 100;
/** Levels that are open at first, and values that make a branch too wide for that. */
const OPEN_LEVELS = 2;
const OPEN_MOST = 20;

type Branch = Record<string, unknown> | unknown[];
const isBranch = (value: unknown): value is Branch => typeof value === "object" && value !== null;

/** JSON as a tree whose branches open and close; scalars as they are written in JSON. */
export function JsonTree({ value, label }: { value: unknown; label: string }) {
  return (
    <div className="json" role="group" aria-label={label}>
      <CopyButton text={JSON.stringify(value, null, 2)} />
      {isBranch(value) ? <Entries of={value} level={1} /> : <Scalar value={value} />}
    </div>
  );
}

function Entries({ of, level }: { of: Branch; level: number }) {
  const [shown, setShown] = useState(STEP);
  const entries = Object.entries(of);
  return (
    <ul className="json__level">
      {entries.slice(0, shown).map(([key, value]) => (
        <li key={key}>{isBranch(value) && Object.keys(value).length > 0 ? <Node name={key} value={value} level={level} /> : <Leaf name={key} value={value} />}</li>
      ))}
      {entries.length > shown && (
        <li>
          <button type="button" className="button button--small button--plain" onClick={() => setShown(shown + STEP)}>
            {jsonWords.more(entries.length - shown)}
          </button>
        </li>
      )}
    </ul>
  );
}

/** A branch; what is in it is made when it is opened. */
function Node({ name, value, level }: { name: string; value: Branch; level: number }) {
  const size = Object.keys(value).length;
  const [isOpen, setOpen] = useState(level < OPEN_LEVELS && size <= OPEN_MOST);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className="json__key">{name}</span> <span className="quiet">{Array.isArray(value) ? jsonWords.items(size) : jsonWords.fields(size)}</span>
      </summary>
      {isOpen && <Entries of={value} level={level + 1} />}
    </details>
  );
}

function Leaf({ name, value }: { name: string; value: unknown }) {
  return (
    <span className="json__leaf">
      <span className="json__key">{name}</span> <Scalar value={value} />
    </span>
  );
}

function Scalar({ value }: { value: unknown }) {
  const kind = value === null ? "null" : Array.isArray(value) || typeof value === "object" ? "empty" : typeof value;
  return (
    <code className="json__value" data-kind={kind}>
      {JSON.stringify(value)}
    </code>
  );
}
