/** Requests to Ostro: JSON in and out, the CSRF header, and one error type. */

import { words } from "../words";

export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Seconds after which the server wants to be asked again; 0 = it did not say. */
    readonly retryAfter = 0,
  ) {
    super(message);
    this.name = "HttpError";
  }
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type QueryValue = string | number | boolean | null | undefined | readonly string[];

/** A path with its query; absent values are left out, lists are repeated. */
export function withQuery(path: string, query: Record<string, QueryValue>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === "") continue;
    if (typeof value === "object") for (const one of value) params.append(name, one);
    else params.set(name, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

/** Parts of a path, each escaped. */
export function path(strings: TemplateStringsArray, ...parts: (string | number)[]): string {
  return strings.reduce((all, text, i) => all + encodeURIComponent(String(parts[i - 1])) + text);
}

/** Answers that were asked for before this code was there (`early.ts`), by address; each is taken once. */
export type Early = Record<string, Promise<Response>>;
const early = (globalThis as { early?: Early }).early ?? {};
/** Milliseconds after the start of the page during which such an answer is taken; what changed since is told. */
const EARLY_FOR = 15_000;

async function begun(url: string): Promise<Response | null> {
  const found = early[url];
  delete early[url];
  if (!found || performance.now() > EARLY_FOR) return null;
  try {
    return await found;
  } catch {
    // Asked again: then it fails as every question does.
    return null;
  }
}

async function send(method: Method, url: string, body?: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<Response> {
  const headers: Record<string, string> = { ...more };
  if (method !== "GET") headers["X-Ostro-CSRF"] = "1";
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = (method === "GET" ? await begun(url) : null) ?? await fetch(url, { method, headers, body: body === undefined ? null : JSON.stringify(body), signal: signal ?? null });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new HttpError(0, words.problem.noAnswer);
  }
  if (!response.ok) throw new HttpError(response.status, await errorText(response), Number(response.headers.get("Retry-After") ?? 0));
  return response;
}

async function errorText(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { detail?: unknown };
    if (typeof body.detail === "string") return body.detail;
    if (Array.isArray(body.detail)) return body.detail.map((d: { msg?: string }) => d.msg ?? JSON.stringify(d)).join("; ");
    return JSON.stringify(body.detail ?? body);
  } catch {
    return words.problem.answered(`${response.status} ${response.statusText}`.trim());
  }
}

/** The part of a query that reads one address: `first.ts` must know it before it is asked. */
export const reading = <T>(url: string) => ({
  meta: { url },
  queryFn: ({ signal }: { signal: AbortSignal }) => get<T>(url, signal),
});

export async function get<T>(url: string, signal?: AbortSignal, headers?: Record<string, string>): Promise<T> {
  return (await (await send("GET", url, undefined, signal, headers)).json()) as T;
}

export async function post<T>(url: string, body?: unknown): Promise<T> {
  const response = await send("POST", url, body);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export async function put<T>(url: string, body?: unknown): Promise<T> {
  const response = await send("PUT", url, body);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export async function patch<T>(url: string, body: unknown): Promise<T> {
  return (await (await send("PATCH", url, body)).json()) as T;
}

export async function remove(url: string): Promise<void> {
  await send("DELETE", url);
}
