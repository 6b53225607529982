import { AdminPage } from "../components/admin/AdminPage";
import { TokenTable } from "../components/admin/TokenTable";
import { useMay } from "../hooks/useMay";
import { admin } from "../words/admin";
import { people } from "../words/people";

/** Everybody's sessions and API tokens. */
export function SessionsPage() {
  const may = useMay();
  return (
    <AdminPage title={admin.tabs.sessions} resource="Sessions">
      <section className="admin__section">
        <h2>{people.session.sessions}</h2>
        <TokenTable what="sessions" whose="all" refusal={may("delete", "Sessions")} />
      </section>
      {may("read", "Tokens") === undefined && (
        <section className="admin__section">
          <h2>{people.session.tokens}</h2>
          <TokenTable what="tokens" whose="all" refusal={may("delete", "Tokens")} />
        </section>
      )}
    </AdminPage>
  );
}
