import type { Try } from "../../services/types";
import { words } from "../../words";
import { StateIcon, stateText } from "../StateIcon";

/** Tries as buttons, the first at the left; many of them as a list. */
export function TrySwitch({ tries, value, onChange }: { tries: Try[]; value: number; onChange: (tryNumber: number) => void }) {
  const inOrder = tries.toReversed();
  if (inOrder.length > 6)
    return (
      <select className="input tryselect" aria-label={words.task.tryLabel} value={value} onChange={(event) => onChange(Number(event.target.value))}>
        {inOrder.map((one) => (
          <option key={one.try_number} value={one.try_number}>
            {words.task.try(one.try_number)} · {stateText(one.state)}
          </option>
        ))}
      </select>
    );
  return (
    <div className="segments" role="group" aria-label={words.task.tryLabel}>
      {inOrder.map((one) => (
        <button key={one.try_number} type="button" className="segment segment--try" aria-pressed={one.try_number === value} title={stateText(one.state)} onClick={() => onChange(one.try_number)}>
          <StateIcon state={one.state} /> {words.task.try(one.try_number)}
        </button>
      ))}
    </div>
  );
}
