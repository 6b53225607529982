/** Accounts, roles, sessions, tokens, the audit log. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { client } from "./client";
import { get, patch, path, post, remove, withQuery } from "./http";

export type Account = {
  username: string;
  email: string | null;
  full_name: string | null;
  roles: string[];
  is_active: boolean;
  must_change_password: boolean;
  has_password: boolean;
  is_external: boolean;
  created_at: string;
  last_login_at: string | null;
};
export type Permission = { action: string; resource: string };
export type Role = { name: string; is_standard: boolean; permissions: Permission[] };
export type Roles = { roles: Role[]; actions: string[]; resources: string[] };
export type Token = {
  id: string;
  username: string;
  kind: "session" | "api";
  label: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  address: string;
  client: string;
  is_current: boolean;
};

const again = (...keys: string[]) => Promise.all(keys.map((key) => client.invalidateQueries({ queryKey: [key] })));

export const usersQuery = queryOptions({ queryKey: ["users"], queryFn: ({ signal }) => get<{ users: Account[] }>("/ui/admin/users", signal) });
export const rolesQuery = queryOptions({ queryKey: ["roles"], queryFn: ({ signal }) => get<Roles>("/ui/admin/roles", signal) });

export type NewAccount = { username: string; roles: string[]; password?: string; email: string | null; full_name: string | null };

/** Answers the password that was made when none was given. */
export async function createUser(body: NewAccount): Promise<string | undefined> {
  const made = await post<{ password?: string }>("/ui/admin/users", body);
  await again("users");
  return made.password;
}
export async function changeUser(name: string, body: Partial<Pick<Account, "roles" | "is_active" | "email" | "full_name">>): Promise<void> {
  await patch(path`/ui/admin/users/${name}`, body);
  await again("users");
}
export async function resetPassword(name: string): Promise<string | undefined> {
  const made = await post<{ password?: string }>(path`/ui/admin/users/${name}/password`, {});
  await again("users", "sessions");
  return made.password;
}
export async function deleteUser(name: string): Promise<void> {
  await remove(path`/ui/admin/users/${name}`);
  await again("users", "sessions");
}

export async function saveRole(name: string, permissions: Permission[], isNew: boolean): Promise<void> {
  if (isNew) await post("/ui/admin/roles", { name, permissions });
  else await patch(path`/ui/admin/roles/${name}`, { permissions });
  await again("roles");
}
export async function deleteRole(name: string): Promise<void> {
  await remove(path`/ui/admin/roles/${name}`);
  await again("roles", "users");
}

/** `whose`: everybody's, for who may manage them, or one's own. */
export type Whose = "all" | "own";
const place = (whose: Whose, what: "sessions" | "tokens") => (whose === "all" ? `/ui/admin/${what}` : `/ui/account/${what}`);

export const sessionsQuery = (whose: Whose) =>
  queryOptions({ queryKey: ["sessions", whose], queryFn: ({ signal }) => get<{ sessions: Token[] }>(place(whose, "sessions"), signal), staleTime: 0 });
export const tokensQuery = (whose: Whose) =>
  queryOptions({ queryKey: ["tokens", whose], queryFn: ({ signal }) => get<{ tokens: Token[] }>(place(whose, "tokens"), signal), staleTime: 0 });

export async function createToken(label: string, days: number): Promise<string> {
  const made = await post<{ token: string }>("/ui/account/tokens", { label, days });
  await again("tokens");
  return made.token;
}
export async function revoke(whose: Whose, token: Token): Promise<void> {
  const what = token.label ? "tokens" : "sessions";
  await remove(`${whose === "all" ? place("all", what) : "/ui/account/tokens"}/${encodeURIComponent(token.id)}`);
  await again("sessions", "tokens");
}

export type Deed = {
  id: number;
  at: string;
  event: string;
  owner: string | null;
  dag_id: string | null;
  run_id: string | null;
  task_id: string | null;
  map_index: number | null;
  extra: unknown;
  address: string | null;
  result: "done" | "denied" | "failed";
  link: number | null;
};
export type AuditSearch = {
  search?: string | undefined;
  event?: string | undefined;
  owner?: string | undefined;
  dag?: string | undefined;
  result?: Deed["result"] | undefined;
  after?: string | undefined;
  before?: string | undefined;
  page?: number | undefined;
};
export const AUDIT_PAGE = 50;

export const auditQuery = (search: AuditSearch) =>
  queryOptions({
    queryKey: ["audit", search],
    queryFn: ({ signal }) =>
      get<{ entries: Deed[]; has_more: boolean; events: string[] }>(
        withQuery("/ui/audit", {
          limit: AUDIT_PAGE,
          offset: ((search.page ?? 1) - 1) * AUDIT_PAGE,
          search: search.search,
          event: search.event,
          owner: search.owner,
          dag_id: search.dag,
          result: search.result,
          after: search.after && new Date(search.after).toISOString(),
          before: search.before && new Date(search.before).toISOString(),
        }),
        signal,
      ),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });

export type Verified = { entries: number; digest: string; broken: { link: number; why: string } | null };
type VerifiedPiece = Verified & { link: number; first: number; last: number; more: boolean };

/** Verifies the chain piece by piece; `tell` hears how much of it was looked at, from 0 to 1. */
export async function verifyAudit(tell: (part: number) => void, signal: AbortSignal): Promise<Verified> {
  let entries = 0;
  for (let after: { after: number; digest: string } | undefined; ; ) {
    const piece = await get<VerifiedPiece>(withQuery("/ui/audit/verify", { ...after }), signal);
    entries += piece.entries;
    if (!piece.more) return { ...piece, entries };
    tell((piece.link - piece.first) / Math.max(1, piece.last - piece.first));
    after = { after: piece.link, digest: piece.digest };
  }
}
