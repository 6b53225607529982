import { memo } from "react";

import { words } from "../../words";
import { gridWords } from "../../words/grid";
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
      {columns.some(({ run }) => Object.keys(run.mapped).length > 0) && (
        <li className="state">
          <span className="cell__count">×3</span> {gridWords.badges.count}
        </li>
      )}
      {columns.some(({ run }) => Object.values(run.tries).some((n) => n > 1)) && (
        <li className="state">
          <span className="cell__tries">↻2</span> {gridWords.badges.tries}
        </li>
      )}
      {columns.some(({ run }) => run.noted.length > 0 || run.note) && (
        <li className="state">
          <span className="cell__note" /> {words.run.note}
        </li>
      )}
    </ul>
  );
});
