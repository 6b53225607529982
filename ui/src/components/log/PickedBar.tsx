import { X } from "lucide-react";

import type { LogRow } from "../../services/logFeed";
import { words } from "../../words";
import { logWords } from "../../words/log";
import { CopyButton } from "../CopyButton";
import type { Picked } from "./usePicked";

/** What can be done with the marked lines: copy them, copy their address. */
export function PickedBar({ rows, picked, onClear }: { rows: readonly LogRow[]; picked: Picked; onClear: () => void }) {
  const mine = rows.filter((row) => row.at >= picked.from && row.at <= picked.to);
  const count = new Set(mine.map((row) => row.at)).size;
  return (
    <div className="log__picked" role="group" aria-label={logWords.picked(count)}>
      <span>{logWords.picked(count)}</span>
      <CopyButton text={mine.map(asText).join("\n")} />
      <span className="row">
        {logWords.address} <CopyButton text={window.location.href} />
      </span>
      <span className="grow" />
      <button type="button" className="button button--plain button--icon button--small" aria-label={words.common.close} onClick={onClear}>
        <X size={13} />
      </button>
    </div>
  );
}

const asText = (row: LogRow): string => (row.timestamp ? `[${row.timestamp}] ${row.level.toUpperCase()} ${row.text}` : row.text);
