import "../styles/admin.css";

import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";

import { Field } from "../components/admin/Field";
import { PasswordField } from "../components/PasswordField";
import { FormDialog } from "../components/admin/FormDialog";
import { SettingsForm } from "../components/admin/SettingsForm";
import { ShownOnce } from "../components/admin/ShownOnce";
import { TokenTable } from "../components/admin/TokenTable";
import { useTitle } from "../hooks/useTitle";
import { client } from "../services/client";
import { createToken } from "../services/people";
import { changePassword, sessionQuery } from "../services/session";
import { toasts } from "../services/toasts";
import { words } from "../words";
import { people } from "../words/people";

const w = people.account;

/** One's own password, tokens, sessions, and the settings of this browser. */
export function AccountPage() {
  useTitle(w.title);
  const { data } = useQuery(sessionQuery);
  const [isMaking, setMaking] = useState(false);
  const [token, setToken] = useState<string | null>(null);
  if (!data) return null;
  return (
    <div className="page admin">
      <div className="dags__head">
        <h1>{w.title}</h1>
        <span className="quiet">{w.signedIn(data.username, data.roles.join(", ") || w.noRoles)}</span>
      </div>
      <section className="admin__section">
        <h2>{w.settings}</h2>
        <SettingsForm />
      </section>
      <section className="admin__section">
        <h2>{w.password}</h2>
        <Password username={data.username} />
      </section>
      <section className="admin__section">
        <div className="row">
          <h2 className="grow">{w.tokens}</h2>
          <button type="button" className="button" onClick={() => setMaking(true)}>
            <Plus size={14} /> {w.newToken}
          </button>
        </div>
        <p className="soft">{w.tokensText}</p>
        <TokenTable what="tokens" whose="own" />
      </section>
      <section className="admin__section">
        <h2>{w.sessions}</h2>
        <p className="soft">{w.sessionsText}</p>
        <TokenTable what="sessions" whose="own" />
      </section>
      {isMaking && (
        <NewToken
          onClose={() => setMaking(false)}
          onMade={(made) => {
            setMaking(false);
            setToken(made);
          }}
        />
      )}
      {token && <ShownOnce title={w.made} text={w.madeText} secret={token} onClose={() => setToken(null)} />}
    </div>
  );
}

function NewToken({ onClose, onMade }: { onClose: () => void; onMade: (token: string) => void }) {
  const [label, setLabel] = useState("");
  const [days, setDays] = useState("90");
  const number = Number(days);
  const isWrong = !Number.isInteger(number) || number < 1 || number > 3650;
  return (
    <FormDialog title={w.newToken} save={w.make} onClose={onClose} isDisabled={label.trim() === "" || isWrong} onSave={async () => onMade(await createToken(label.trim(), number))}>
      <Field label={w.label} value={label} onChange={setLabel} isRequired />
      <Field label={w.days} value={days} onChange={setDays} problem={isWrong ? "1 – 3650" : undefined} />
    </FormDialog>
  );
}

function Password({ username }: { username: string }) {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const missing = old === "" || fresh === "" ? w.fillBoth : undefined;
  const save = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await changePassword(old, fresh);
      for (const empty of [setOld, setFresh]) empty("");
      toasts.tell(w.changed);
      await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "sessions" || queryKey[0] === "tokens" });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : words.common.failed);
    }
    setBusy(false);
  };
  return (
    <form
      className="admin__narrow"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {/* Tells password managers whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      <div className="field">
        <label htmlFor="old-password">{w.old}</label>
        <PasswordField id="old-password" autoComplete="current-password" value={old} onChange={(event) => setOld(event.target.value)} />
      </div>
      <div className="field">
        <label htmlFor="new-password">{w.new}</label>
        <PasswordField id="new-password" autoComplete="new-password" aria-describedby="new-password-rule" value={fresh} onChange={(event) => setFresh(event.target.value)} />
        <span id="new-password-rule" className="field__hint">
          {words.login.rule}
        </span>
      </div>
      {problem && (
        <p className="field__error" role="alert">
          {problem}
        </p>
      )}
      <div>
        <button type="submit" className="button" disabled={isBusy || missing !== undefined} title={missing}>
          {w.change}
        </button>
      </div>
    </form>
  );
}
