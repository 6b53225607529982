import { queryOptions } from "@tanstack/react-query";

import { get, post } from "./http";
import type { Session } from "./types";

export const readSession = () => get<Session>("/ui/session");

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  // Not given up when the last view that shows it goes: the way to the login waits for just this answer.
  queryFn: readSession,
  staleTime: Infinity,
  retry: false,
});

export type LoginMethods = { oidc: { label: string; url: string } | null };

export const methodsQuery = queryOptions({
  queryKey: ["login methods"],
  queryFn: ({ signal }) => get<LoginMethods>("/auth/methods", signal),
  staleTime: Infinity,
  retry: false,
});

export const login = (username: string, password: string) =>
  post<{ username: string; must_change_password: boolean }>("/auth/login", { username, password });

export const changePassword = (oldPassword: string, newPassword: string) =>
  post<void>("/ui/account/password", { old_password: oldPassword, new_password: newPassword });

export const logout = () => post<void>("/auth/logout");
