import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";

import { AdminPage, Loaded } from "../components/admin/AdminPage";
import { AdminTable } from "../components/admin/AdminTable";
import { SearchField } from "../components/lists/SearchField";
import { Notice } from "../components/Notice";
import { useMay } from "../hooks/useMay";
import { configQuery, type Plugin, pluginsQuery, type Provider, providersQuery } from "../services/admin";
import { sessionQuery } from "../services/session";
import { admin } from "../words/admin";

/** Provider packages beside Ostro. */
export function ProvidersPage() {
  const w = admin.provider;
  const read = useQuery({ ...providersQuery, enabled: useMay()("read", "Providers") === undefined });
  const rows = read.data?.providers ?? [];
  return (
    <AdminPage title={admin.tabs.providers} resource="Providers" note={read.data && admin.entries(rows.length)}>
      <Loaded of={read}>
        {rows.length === 0 ? (
          <Notice title={w.emptyTitle} text={w.emptyText} />
        ) : (
          <AdminTable<Provider>
            label={admin.tabs.providers}
            rows={rows}
            keyOf={(row) => row.package_name}
            columns={[
              { name: "name", title: w.column.name, cell: (row) => row.package_name },
              { name: "version", title: w.column.version, cell: (row) => row.version },
              { name: "description", title: w.column.description, cell: (row) => row.description },
            ]}
            actions={(row) =>
              row.documentation_url?.startsWith("https://") && (
                <a href={row.documentation_url} target="_blank" rel="noopener noreferrer">
                  {w.docs}
                </a>
              )
            }
          />
        )}
      </Loaded>
    </AdminPage>
  );
}

const BRINGS = ["macros", "listeners", "timetables", "operator_extra_links", "global_operator_extra_links"] as const;

/** Plugins and what they bring; those that could not be loaded, and why. */
export function PluginsPage() {
  const w = admin.plugin;
  const read = useQuery({ ...pluginsQuery, enabled: useMay()("read", "Plugins") === undefined });
  const rows = read.data?.plugins ?? [];
  const errors = read.data?.import_errors ?? [];
  return (
    <AdminPage title={admin.tabs.plugins} resource="Plugins" note={read.data && admin.entries(rows.length)}>
      <Loaded of={read}>
        {errors.length > 0 && (
          <details className="admin__names">
            <summary>
              <CircleAlert size={14} aria-hidden="true" /> {w.errors(errors.length)}
            </summary>
            {errors.map((one) => (
              <p key={one.source}>
                <strong>{one.source}</strong>: {one.error}
              </p>
            ))}
          </details>
        )}
        {rows.length === 0 && errors.length === 0 ? (
          <Notice title={w.emptyTitle} text={w.emptyText} />
        ) : (
          <AdminTable<Plugin>
            label={admin.tabs.plugins}
            rows={rows}
            keyOf={(row) => `${row.name} ${row.source}`}
            columns={[
              { name: "name", title: w.column.name, cell: (row) => row.name },
              { name: "source", title: w.column.source, cell: (row) => <span className="mono">{row.source}</span> },
              { name: "brings", title: w.column.brings, cell: (row) => brought(row) || <span className="quiet">{w.nothing}</span> },
            ]}
          />
        )}
      </Loaded>
    </AdminPage>
  );
}

const brought = (plugin: Plugin): string => BRINGS.flatMap((name) => (plugin[name] as string[] | undefined) ?? []).join(", ");

/** The settings, when an administrator lets them be seen. */
export function ConfigPage() {
  const w = admin.config;
  const { search = "" } = useSearch({ from: "/layout/admin/admin/config" });
  const navigate = useNavigate({ from: "/admin/config" });
  const isHidden = useQuery(sessionQuery).data?.shows_config === false;
  const read = useQuery({ ...configQuery, enabled: useMay()("read", "Configurations") === undefined && !isHidden });
  const wanted = search.toLowerCase();
  const sections = (read.data?.sections ?? [])
    .map(({ name, options }) => ({ name, options: options.filter(({ key }) => `${name} ${key}`.toLowerCase().includes(wanted)) }))
    .filter(({ options }) => options.length > 0);
  return (
    <AdminPage title={admin.tabs.config} resource="Configurations">
      {isHidden ? (
        <Notice title={w.hiddenTitle} text={w.hiddenText} />
      ) : (
        <>
          <div className="admin__filter" role="search">
            <SearchField label={w.search} value={search} onChange={(text) => void navigate({ search: { search: text || undefined }, replace: true })} />
          </div>
          <Loaded of={read}>
            {sections.length === 0 && <Notice title={admin.nothing} text={admin.nothingText} />}
            {sections.map(({ name, options }) => (
              <section key={name}>
                <h2>[{name}]</h2>
                <AdminTable
                  label={name}
                  rows={options}
                  keyOf={(row) => row.key}
                  columns={[
                    { name: "option", title: w.column.option, cell: (row) => <code>{row.key}</code> },
                    { name: "value", title: w.column.value, cell: (row) => (row.value === "" ? <span className="quiet">{w.empty}</span> : <span className="mono">{String(row.value)}</span>) },
                  ]}
                />
              </section>
            ))}
          </Loaded>
        </>
      )}
    </AdminPage>
  );
}
