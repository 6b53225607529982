/** The login, and the frame that every page of a signed-in person stands in. */

import { createRootRoute, createRoute, type ErrorComponentProps, Outlet, redirect, useRouter } from "@tanstack/react-router";

import { Crash } from "../components/Crash";
import { Notice, Problem } from "../components/Notice";
import { Layout } from "../pages/Layout";
import { LoginPage } from "../pages/LoginPage";
import { client } from "../services/client";
import { HttpError } from "../services/http";
import { sessionQuery } from "../services/session";
import { words } from "../words";
import { type First, firstOf } from "./first";
import { defined, type Raw, text } from "./search";

export const root = createRootRoute({
  component: Outlet,
  errorComponent: Crash,
  notFoundComponent: () => <Notice title={words.problem.pageTitle} text={words.problem.pageText} />,
});

export const loginRoute = createRoute({
  getParentRoute: () => root,
  path: "/login",
  component: LoginPage,
  validateSearch: (raw: Raw): { next?: string | undefined; problem?: string | undefined } => defined({ next: text(raw.next), problem: text(raw.problem) }),
});

export const layout = createRoute({
  getParentRoute: () => root,
  id: "layout",
  component: Layout,
  errorComponent: FrameProblem,
  beforeLoad: async ({ location }) => {
    try {
      const session = await client.ensureQueryData(sessionQuery);
      if (session.must_change_password) {
        client.clear();
        throw redirect({ to: "/login", replace: true });
      }
      askFirst(firstOf(location.pathname, location.search));
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 401) throw error;
      throw redirect({ to: "/login", search: location.href === "/" ? {} : { next: location.href }, replace: true });
    }
  },
});

/** Only what is not known yet: what is shown is kept true by the event stream. */
function askFirst(all: First[]): void {
  for (const { queryKey, read, also, after } of all) {
    if (client.getQueryState(queryKey) !== undefined) continue;
    // The page asks again when it is there, and tells what is wrong.
    void read(client).then((answer) => askFirst(after?.(answer as never) ?? []), () => undefined);
    askFirst(also);
  }
}

function FrameProblem({ error }: ErrorComponentProps) {
  const router = useRouter();
  return error instanceof HttpError ? <Problem error={error} again={() => void router.invalidate()} /> : <Crash error={error} />;
}
