import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX, PlugZap } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";

import { type Connection, connectionTypesQuery, type ConnectionType, MASK, saveConnection, type TestState, tryConnection, whereUsedQuery } from "../../services/admin";
import { dagPlace } from "../../services/places";
import { useMay } from "../../hooks/useMay";
import { admin } from "../../words/admin";
import { PlainLink } from "../PlainLink";
import { ExtraFields } from "./ExtraFields";
import { Field } from "./Field";
import { FormDialog } from "./FormDialog";
import { SecretField } from "./SecretField";

const EMPTY: Connection = { connection_id: "", conn_type: "", description: null, host: null, login: null, schema: null, port: null, password: null, extra: null };
const ID = /^[\w.-]+$/;

/** Fields in the order of the form, with the names that providers have for them. */
const STANDARD = [
  ["host", "host"],
  ["schema", "url_schema"],
  ["login", "login"],
] as const;

/** Adds or edits a connection. `old`: as the server shows it, secrets masked. */
export function ConnectionForm({ old, onClose }: { old: Connection | null; onClose: () => void }) {
  const [value, setValue] = useState<Connection>(() => ({ ...(old ?? EMPTY), password: null }));
  const hasOld = old?.password === MASK;
  const [isKept, setKept] = useState(hasOld);
  const [port, setPort] = useState(old?.port?.toString() ?? "");
  const { data } = useQuery(connectionTypesQuery);
  const may = useMay();
  const refusal = may(old ? "edit" : "create", "Connections");
  const type = data?.connection_types.find((one) => one.connection_type === value.conn_type);
  const change = (part: Partial<Connection>) => setValue((now) => ({ ...now, ...part }));
  const fieldOf = (name: string) => type?.standard_fields[name];
  const isShown = (name: string, has: unknown) => !fieldOf(name)?.hidden || Boolean(has);

  const wrongId = value.connection_id !== "" && !ID.test(value.connection_id) ? admin.connection.idRule : undefined;
  const number = port.trim() === "" ? null : Number(port);
  const wrongPort = number !== null && !(Number.isInteger(number) && number >= 0 && number <= 65535) ? admin.connection.badPort : undefined;
  const wrongExtra = extraProblem(value.extra);
  const isDisabled = value.connection_id === "" || value.conn_type === "" || Boolean(wrongId || wrongPort || wrongExtra) || refusal !== undefined;
  const body: Connection = { ...value, port: wrongPort ? null : number };

  return (
    <FormDialog
      title={old ? admin.editOf(old.connection_id) : admin.connection.new}
      onClose={onClose}
      wide
      isDisabled={isDisabled}
      done={admin.saved(value.connection_id)}
      onSave={async () => {
        await saveConnection(body, old === null, isKept);
        onClose();
      }}
      aside={data?.shows_test && <Try body={isKept ? { ...body, password: MASK } : body} canTest={data.can_test} isDisabled={isDisabled} />}
    >
      <div className="admin__grid">
        <Field label={admin.connection.id} value={value.connection_id} onChange={(id) => change({ connection_id: id })} isReadOnly={old !== null} isRequired problem={wrongId} />
        <TypeField types={data?.connection_types} value={value.conn_type} onChange={(conn_type) => change({ conn_type })} />
      </div>
      {value.conn_type !== "" && data && !type && <p className="field__hint">{admin.connection.noProvider}</p>}
      {type?.problem && <p className="field__hint">{admin.connection.brokenHook(type.problem)}</p>}
      <Field label={admin.description} value={value.description ?? ""} onChange={(text) => change({ description: text || null })} />
      <div className="admin__grid">
        {STANDARD.map(([name, word]) =>
          isShown(word, value[name]) ? (
            <Field key={name} label={fieldOf(word)?.title ?? admin.connection[name]} placeholder={fieldOf(word)?.placeholder ?? undefined} value={value[name] ?? ""} onChange={(text) => change({ [name]: text || null })} />
          ) : null,
        )}
        {isShown("password", hasOld) && (
          <SecretField
            label={fieldOf("password")?.title ?? admin.connection.password}
            placeholder={fieldOf("password")?.placeholder ?? undefined}
            hasOld={hasOld}
            isKept={isKept}
            value={value.password ?? ""}
            onChange={(password, kept) => {
              change({ password: password || null });
              setKept(kept);
            }}
          />
        )}
        {isShown("port", port) && <Field label={fieldOf("port")?.title ?? admin.connection.port} placeholder={fieldOf("port")?.placeholder ?? undefined} value={port} onChange={setPort} problem={wrongPort} />}
      </div>
      {type && Object.keys(type.extra_fields).length > 0 && <ExtraFields fields={type.extra_fields} extra={value.extra} old={old?.extra ?? null} onChange={(extra) => change({ extra })} />}
      <Field label={fieldOf("extra")?.title ?? admin.connection.extra} placeholder={fieldOf("extra")?.placeholder ?? undefined} value={value.extra ?? ""} onChange={(text) => change({ extra: text || null })} lines={4} hint={admin.connection.extraHint} problem={wrongExtra} />
      {old && <Used name={old.connection_id} />}
    </FormDialog>
  );
}

function extraProblem(text: string | null): string | undefined {
  if (!text?.trim()) return undefined;
  try {
    const found = JSON.parse(text) as unknown;
    return typeof found === "object" && found !== null && !Array.isArray(found) ? undefined : admin.notObject;
  } catch {
    return admin.notJson;
  }
}

/** Any type may be typed; those that are known are offered by their names. */
function TypeField({ types, value, onChange }: { types: ConnectionType[] | undefined; value: string; onChange: (type: string) => void }) {
  // Until it is read which types there are, that of the connection is taken for one of them.
  const isKnown = types?.some((one) => one.connection_type === value) ?? true;
  const [isOther, setOther] = useState(false);
  const options = useMemo(() => types?.map((one) => [one.connection_type, one.hook_name] as const) ?? (value === "" ? [] : [[value, value] as const]), [types, value]);
  const showsText = isOther || (value !== "" && !isKnown);
  return (
    <div className="admin__type">
      <Field
        label={admin.connection.type}
        value={showsText ? " " : value}
        isRequired
        onChange={(next) => {
          setOther(next === " ");
          onChange(next === " " ? "" : next);
        }}
        options={[...(value === "" && !showsText ? [["", ""] as const] : []), ...options, [" ", admin.connection.otherType] as const]}
      />
      {showsText && <Field label={admin.connection.otherType} value={value} onChange={onChange} />}
    </div>
  );
}

function Try({ body, canTest, isDisabled }: { body: Connection; canTest: boolean; isDisabled: boolean }) {
  const [state, setState] = useState<TestState | "busy" | null>(null);
  const stopper = useRef(new AbortController());
  useEffect(() => {
    stopper.current = new AbortController();
    return () => stopper.current.abort();
  }, []);
  const start = async () => {
    setState("busy");
    try {
      setState(await tryConnection(body, stopper.current.signal));
    } catch (error) {
      if (!stopper.current.signal.aborted) setState({ state: "failed", result_message: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <>
      <button type="button" className="button" disabled={!canTest || isDisabled || state === "busy"} aria-describedby={canTest ? undefined : "test-off"} onClick={() => void start()}>
        <PlugZap size={14} /> {state === "busy" ? admin.connection.testing : admin.connection.test}
      </button>
      {!canTest && (
        <span id="test-off" className="quiet admin__testoff">
          {admin.connection.testOff}
        </span>
      )}
      {state !== null && state !== "busy" && (
        <span className="admin__tested" role="status" data-worked={state.state === "success"}>
          {state.state === "success" ? <CircleCheck size={14} aria-hidden="true" /> : <CircleX size={14} aria-hidden="true" />}
          <span>
            {state.state === "success" ? admin.connection.testWorked : admin.connection.testFailed} {state.result_message}
          </span>
        </span>
      )}
    </>
  );
}

/** DAGs whose file names it. */
export function Used({ name }: { name: string }) {
  const isRefused = useMay()("read", "DAG Code") !== undefined;
  const { data } = useQuery({ ...whereUsedQuery(name), enabled: !isRefused });
  if (!data) return null;
  return (
    <div className="field">
      <span className="label">{admin.used}</span>
      <span className="admin__used">
        {data.total_entries === 0 ? <span className="quiet">{admin.usedNowhere}</span> : <span>{admin.usedIn(data.total_entries)}:</span>}
        {data.dags.map((dag) => (
          <PlainLink key={dag} href={dagPlace(dag)}>
            {dag}
          </PlainLink>
        ))}
      </span>
    </div>
  );
}
