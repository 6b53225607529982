import { X } from "lucide-react";

import { type LogRow, readBetween } from "../../services/logFeed";
import type { LogAddress } from "../../services/logs";
import { words } from "../../words";
import { logWords } from "../../words/log";
import { CopyButton } from "../CopyButton";
import type { Picked } from "./usePicked";

/** `rows`: those that the page has. `isAll`: the marked ones are among them. `hasAddress`: the address of the page names them. */
type Props = { log: LogAddress; rows: readonly LogRow[]; picked: Picked; isAll: boolean; hasAddress: boolean; onClear: () => void };

/** What can be done with the marked lines: copy them, also those that are not on the page, and copy their address. */
export function PickedBar({ log, rows, picked, isAll, hasAddress, onClear }: Props) {
  const mine = rows.filter((row) => row.at >= picked.from && row.at <= picked.to);
  const count = isAll ? new Set(mine.map((row) => row.at)).size : picked.count;
  const copied = async () => (isAll ? mine : await readBetween(log, picked.from, picked.to)).map(asText).join("\n");
  const text = count === null ? logWords.counting : logWords.picked(count);
  return (
    <div className="log__picked" role="group" aria-label={text}>
      <span>{text}</span>
      <CopyButton text={copied} />
      {hasAddress && picked.count !== null && (
        <span className="row">
          {logWords.address} <CopyButton text={() => window.location.href} />
        </span>
      )}
      <span className="grow" />
      <button type="button" className="button button--plain button--icon button--small" aria-label={words.common.close} onClick={onClear}>
        <X size={13} />
      </button>
    </div>
  );
}

const asText = (row: LogRow): string => (row.timestamp ? `[${row.timestamp}] ${row.level.toUpperCase()} ${row.text}` : row.text);
