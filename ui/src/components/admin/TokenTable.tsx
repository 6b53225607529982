import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { revoke, sessionsQuery, type Token, tokensQuery, type Whose } from "../../services/people";
import { people } from "../../words/people";
import { Moment } from "../Moment";
import { Loaded } from "./AdminPage";
import { AdminTable, type Column } from "./AdminTable";
import { FormDialog } from "./FormDialog";

const w = people.session;

/** Sessions or tokens with a way to end each. `refusal`: why they may not be ended. */
export function TokenTable({ what, whose, refusal }: { what: "sessions" | "tokens"; whose: Whose; refusal?: string | undefined }) {
  const sessions = useQuery({ ...sessionsQuery(whose), enabled: what === "sessions" });
  const tokens = useQuery({ ...tokensQuery(whose), enabled: what === "tokens" });
  const read = what === "sessions" ? sessions : tokens;
  const rows = (what === "sessions" ? sessions.data?.sessions : tokens.data?.tokens) ?? [];
  const [ended, setEnded] = useState<Token | null>(null);
  const name = (row: Token) => row.label || row.username;
  const columns: Column<Token>[] = [
    ...(whose === "all" ? [{ name: "who", title: w.column.who, cell: (row: Token) => row.username }] : []),
    what === "tokens"
      ? { name: "label", title: w.column.label, cell: (row) => row.label }
      : {
          name: "what",
          title: w.column.what,
          cell: (row) => (
            <>
              {browserOf(row.client)} {row.is_current && <span className="tag">{w.current}</span>}
            </>
          ),
        },
    { name: "from", title: w.column.from, isExtra: true, cell: (row) => row.address },
    { name: "used", title: w.column.used, cell: (row) => <Moment at={row.last_used_at ?? row.created_at} relative /> },
    { name: "until", title: w.column.until, isExtra: true, cell: (row) => <Moment at={row.expires_at} relative /> },
  ];
  const titleOf = (row: Token) => (what === "tokens" ? w.revokeOf(name(row)) : w.endOf(name(row)));
  return (
    <Loaded of={read}>
      {rows.length === 0 ? (
        <p className="quiet">{w.none}</p>
      ) : (
        <AdminTable<Token>
          label={w[what]}
          rows={rows}
          keyOf={(row) => row.id}
          columns={columns}
          actions={(row) => (
            <button type="button" className="button button--small" aria-label={titleOf(row)} disabled={refusal !== undefined} title={refusal} onClick={() => setEnded(row)}>
              {what === "tokens" ? w.revoke : w.end}
            </button>
          )}
        />
      )}
      {ended && (
        <FormDialog
          title={`${titleOf(ended)}?`}
          save={what === "tokens" ? w.revoke : w.end}
          isDanger
          done={w.ended}
          onClose={() => setEnded(null)}
          onSave={async () => {
            await revoke(whose, ended);
            setEnded(null);
          }}
        >
          <p className="soft">{ended.client || ended.label}</p>
        </FormDialog>
      )}
    </Loaded>
  );
}

const BROWSERS = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
] as const;
const SYSTEMS = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
] as const;

/** What a browser says of itself, short: "Firefox, Linux". */
function browserOf(client: string): string {
  const browser = BROWSERS.find(([shape]) => shape.test(client))?.[1];
  const system = SYSTEMS.find(([shape]) => shape.test(client))?.[1];
  return browser ? [browser, system].filter(Boolean).join(", ") : client || "–";
}
