import { Eraser, Flag, MoreHorizontal } from "lucide-react";
import { useRef } from "react";

import { nameOf, type Target } from "../../services/touch";
import { words } from "../../words";
import { touchWords } from "../../words/touch";
import { Menu, MenuItem, MenuLabel } from "../Menu";
import { StateIcon } from "../StateIcon";
import { ActsKey } from "./ActsMenu";
import { type Touch, useTouch, useTouchKeys } from "./useTouch";

const MARKS = ["success", "failed", "skipped"] as const;

/** Clear, and "mark as", with Airflow's keys. Who may not sees them disabled, with the reason. */
export function TouchButtons({ target, isSmall = false }: { target: Target; isSmall?: boolean }) {
  const touch = useTouch(target.dagId);
  const first = useRef<HTMLButtonElement>(null);
  useTouchKeys((act) => touch.open(act, target));
  const look = isSmall ? "button button--small" : "button";
  const size = isSmall ? 13 : 14;
  const isDisabled = touch.whyNot !== undefined;
  return (
    <>
      <button ref={first} type="button" className={look} disabled={isDisabled} title={touch.whyNot} onClick={() => touch.open("clear", target)}>
        <Eraser size={size} /> {words.task.clear}
      </button>
      <Menu
        trigger={
          <button type="button" className={look} disabled={isDisabled} title={touch.whyNot}>
            <Flag size={size} /> {words.task.mark}
          </button>
        }
      >
        <MarkItems touch={touch} target={target} />
      </Menu>
      <ActsKey anchor={first}>
        <TouchItems touch={touch} target={target} />
      </ActsKey>
      {touch.dialog}
    </>
  );
}

function MarkItems({ touch, target }: { touch: Touch; target: Target }) {
  return MARKS.map((state) => (
    <MenuItem key={state} icon={<StateIcon state={state} />} disabled={touch.whyNot !== undefined} onSelect={() => touch.open(state, target)}>
      {words.task.markState[state]}
    </MenuItem>
  ));
}

/** Everything that can be done with it, as entries of a menu. */
export function TouchItems({ touch, target }: { touch: Touch; target: Target }) {
  return (
    <>
      <MenuLabel>{nameOf(target)}</MenuLabel>
      {touch.whyNot !== undefined && <MenuLabel>{touch.whyNot}</MenuLabel>}
      <MenuItem icon={<Eraser size={14} />} disabled={touch.whyNot !== undefined} onSelect={() => touch.open("clear", target)}>
        {words.task.clear} …
      </MenuItem>
      <MenuLabel>{words.task.mark}</MenuLabel>
      <MarkItems touch={touch} target={target} />
    </>
  );
}

/** The same behind three dots, for rows of a list; the list holds the dialog. */
export function TouchMore({ touch, target }: { touch: Touch; target: Target }) {
  const label = touchWords.actsOn(nameOf(target));
  return (
    <Menu
      trigger={
        <button type="button" className="button button--plain button--icon button--small touch__more" aria-label={label} title={label}>
          <MoreHorizontal size={14} />
        </button>
      }
    >
      <TouchItems touch={touch} target={target} />
    </Menu>
  );
}
