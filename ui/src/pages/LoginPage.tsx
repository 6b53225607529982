import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { Logo } from "../components/Logo";
import { PasswordField } from "../components/PasswordField";
import { useTitle } from "../hooks/useTitle";
import { client } from "../services/client";
import { HttpError } from "../services/http";
import { safeNext } from "../services/next";
import { changePassword, login, methodsQuery, readSession, sessionQuery } from "../services/session";
import { signedIn } from "../services/signedIn";
import { words } from "../words";

export function LoginPage() {
  useTitle(words.login.title);
  const { next, problem: came } = useSearch({ from: "/login" });
  const methods = useQuery(methodsQuery);
  const navigate = useNavigate();
  const [problem, setProblem] = useState<string | null>(came ? words.login.elsewhereFailed : null);
  const [isBusy, setBusy] = useState(false);
  /** The password that Ostro made and that has to be replaced before anything else. */
  const [made, setMade] = useState<{ username: string; password: string } | null>(null);
  const goOn = () => navigate({ href: safeNext(next), replace: true });
  // Whoever signs in in another window is signed in in this one, too.
  useEffect(
    () =>
      signedIn.expectAnybody(async () => {
        const session = await readSession().catch(() => null);
        if (session === null || session.must_change_password) return;
        client.clear();
        client.setQueryData(sessionQuery.queryKey, session);
        await goOn();
      }),
    [next],
  );
  const enter = async (form: FormData) => {
    setBusy(true);
    setProblem(null);
    const password = String(form.get("password"));
    try {
      if (made === null) {
        const username = String(form.get("username"));
        const found = await login(username, password);
        if (found.must_change_password) {
          setMade({ username, password });
          setBusy(false);
          return;
        }
      } else {
        await changePassword(made.password, password);
      }
      client.clear();
      await client.fetchQuery(sessionQuery);
      await goOn();
    } catch (error) {
      setProblem(problemText(error));
      setBusy(false);
    }
  };
  return (
    <div className="login">
      <form
        className="login__card"
        onSubmit={(event) => {
          event.preventDefault();
          void enter(new FormData(event.currentTarget));
        }}
      >
        <div className="login__name">
          <Logo size={40} />
          <h1 className="wordmark__text">ostro</h1>
        </div>
        {made === null ? (
          <div className="field">
            <label htmlFor="username">{words.login.user}</label>
            <input id="username" name="username" className="input" autoComplete="username" autoCapitalize="none" autoFocus required />
          </div>
        ) : (
          <div>
            {/* For password managers, which keep the new password under a name. */}
            <input name="username" autoComplete="username" value={made.username} readOnly hidden />
            <h2>{words.login.choose}</h2>
            <p className="field__hint">{words.login.chooseWhy}</p>
          </div>
        )}
        <div className="field" key={made === null ? "old" : "new"}>
          <label htmlFor="password">{made === null ? words.login.password : words.login.newPassword}</label>
          <PasswordField id="password" name="password" autoComplete={made === null ? "current-password" : "new-password"} minLength={made === null ? undefined : 8} autoFocus={made !== null} required aria-invalid={problem !== null} aria-describedby="login-problem" />
        </div>
        <p id="login-problem" className="field__error" role="alert">
          {problem}
        </p>
        <button type="submit" className="button button--primary" disabled={isBusy}>
          {isBusy ? words.login.entering : made === null ? words.login.enter : words.login.keep}
        </button>
        {made === null && methods.data?.oidc && (
          <a className="button" href={`${methods.data.oidc.url}?next=${encodeURIComponent(safeNext(next))}`}>
            {methods.data.oidc.label}
          </a>
        )}
        <p className="field__hint">{made === null ? words.login.hint : words.login.rule}</p>
      </form>
    </div>
  );
}

function problemText(error: unknown): string {
  if (error instanceof HttpError && error.status === 401) return words.login.wrong;
  if (error instanceof HttpError && error.status === 429) return words.login.tooMany(Math.max(1, error.retryAfter));
  return error instanceof Error ? error.message : words.common.failed;
}
