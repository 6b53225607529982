import { Columns2 } from "lucide-react";
import { useMemo } from "react";

import type { LogLook, TaskSearch } from "../../routes/task";
import type { InstanceKey } from "../../services/instances";
import { tryLog } from "../../services/logs";
import type { InstanceDetail, Try } from "../../services/types";
import { words } from "../../words";
import { logWords } from "../../words/log";
import { waitTexts } from "../../words/waits";
import { LogView } from "../log/LogView";
import { Notice } from "../Notice";
import { TrySwitch } from "./TrySwitch";

type Props = { at: InstanceKey; detail: InstanceDetail; search: TaskSearch; onSearch: (part: TaskSearch) => void };

/** The log of the chosen try, and beside it that of another if one likes. */
export function LogTab({ at, detail: { tries, waiting }, search, onSearch }: Props) {
  const newest = tries[0];
  const chosen = tries.find((one) => one.try_number === search.try) ?? newest;
  const { dagId, runId, taskId, mapIndex } = at;
  const logOf = (tryNumber = 0) => tryLog({ dagId, runId, taskId, mapIndex }, tryNumber);
  const mainLog = useMemo(() => logOf(chosen?.try_number), [dagId, runId, taskId, mapIndex, chosen?.try_number]);
  const besideLog = useMemo(() => logOf(search.beside), [dagId, runId, taskId, mapIndex, search.beside]);
  if (!chosen || !newest) {
    return <Notice title={words.log.emptyTitle} text={waitTexts(waiting) || words.log.emptyText} />;
  }
  const beside = tries.find((one) => one.try_number === search.beside);
  const look: LogLook = { q: search.q, case: search.case, regexp: search.regexp, level: search.level, source: search.source, part: search.part, line: search.line };
  const view = (one: Try, isMain: boolean, onTry: (n: number) => void) => (
    <LogView
      key={`${isMain} ${one.try_number}`}
      log={isMain ? mainLog : besideLog}
      isFailed={one.state === "failed" || one.state === "up_for_retry"}
      cause={one.cause}
      look={isMain ? look : { ...look, line: undefined }}
      onLook={onSearch}
      hasKeys={isMain}
      tries={
        tries.length > 1 && (
          <>
            <TrySwitch tries={tries} value={one.try_number} onChange={onTry} />
            {isMain && (
              <button
                type="button"
                className="button button--icon"
                aria-pressed={beside !== undefined}
                aria-label={beside ? logWords.alone : logWords.beside}
                title={beside ? logWords.alone : logWords.beside}
                onClick={() => onSearch({ beside: beside ? undefined : tries.find((other) => other.try_number !== one.try_number)?.try_number })}
              >
                <Columns2 size={15} />
              </button>
            )}
          </>
        )
      }
    />
  );
  return (
    <div className={beside ? "logs logs--two" : "logs"}>
      {view(chosen, true, (n) => onSearch({ line: undefined, try: n === newest.try_number ? undefined : n }))}
      {beside && view(beside, false, (n) => onSearch({ beside: n }))}
    </div>
  );
}
