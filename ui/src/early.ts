/**
 * Comes before all other code, as a file of its own (`vite.config.ts`), and asks for what the page shows first; `services/http.ts`
 * takes the answers. All is asked behind the session, whose answer says from where on changes are told.
 */

import { defaultParseSearch } from "@tanstack/react-router";

import { type First, firstOf } from "./routes/first";
import type { Early } from "./services/http";
import type { Session } from "./services/types";

const early: Early = {};
(globalThis as { early?: Early }).early = early;

function ask(url: string, after: (answer: never) => First[]): void {
  const asked = fetch(url).then(async (answer) => {
    // Before anybody else sees the answer, so that nothing is asked twice.
    if (answer.ok) for (const first of after((await answer.clone().json()) as never)) askAll(first);
    return answer;
  });
  // The page asks again then, and tells what is wrong.
  asked.catch(() => undefined);
  early[url] = asked;
}

function askAll({ url, also, after }: First): void {
  ask(url, after ?? (() => []));
  also.forEach(askAll);
}

if (location.pathname !== "/login")
  ask("/ui/session", (session: Session) => (session.must_change_password ? [] : firstOf(location.pathname, defaultParseSearch(location.search))));
