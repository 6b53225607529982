import { memo } from "react";

import { words } from "../../words";
import { StateBadge } from "../StateIcon";
import { type Column, STATE_ORDER } from "./model";

/** The states that are on the screen, by icon, colour and name. */
export const Legend = memo(function Legend({ columns }: { columns: Column[] }) {
  const letters = new Set<string>();
  for (const { run } of columns) for (const letter of run.states) letters.add(letter);
  const codes = columns[0]?.codes ?? {};
  const present = new Set([...letters].map((letter) => codes[letter]));
  return (
    <ul className="legend" aria-label={words.dag.legend}>
      {STATE_ORDER.filter((state) => present.has(state)).map((state) => (
        <li key={state}>
          <StateBadge state={state} />
        </li>
      ))}
    </ul>
  );
});
