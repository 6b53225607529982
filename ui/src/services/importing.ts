/** Files with many connections or variables: what of them the server is told. */

import { admin } from "../words/admin";

const FIELDS = ["conn_type", "description", "host", "login", "password", "schema", "port"] as const;

type Found = { entities: unknown[] } | { problem: string };

/** The entries of a JSON text as the REST API takes them, or what is wrong with it. */
export function entitiesOf(kind: "connections" | "variables", text: string): Found {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return { problem: admin.notJson };
  }
  if (!isObject(found)) return { problem: admin.notObject };
  const entities = [];
  for (const [name, value] of Object.entries(found)) {
    if (kind === "variables") entities.push(variable(name, value));
    else if (isObject(value)) entities.push(connection(name, value));
    else return { problem: admin.badEntry(name) };
  }
  return { entities };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** A value, or an object with `value` and `description` as exports with descriptions have it. */
function variable(key: string, value: unknown): object {
  if (isObject(value) && "value" in value && Object.keys(value).every((name) => name === "value" || name === "description"))
    return { key, value: value.value, description: value.description ?? null };
  return { key, value };
}

function connection(id: string, value: Record<string, unknown>): object {
  const entity: Record<string, unknown> = { connection_id: id, conn_type: "" };
  for (const field of FIELDS) if (value[field] !== undefined) entity[field] = value[field];
  if (typeof entity.port === "string") entity.port = entity.port === "" ? null : Number(entity.port);
  const { extra } = value;
  if (extra !== undefined && extra !== null) entity.extra = typeof extra === "string" ? extra : JSON.stringify(extra);
  return entity;
}
