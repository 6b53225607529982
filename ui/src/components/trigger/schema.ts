/** Which input a parameter gets, how its text becomes a value, and what its schema does not allow. Pure. */

import type { Param, ParamSchema } from "../../services/types";
import { instantOf, wallClock } from "../../services/zones";
import { words } from "../../words";
import { formWords } from "../../words/forms";

export type FieldKind = "hidden" | "boolean" | "choice" | "multi" | "number" | "text" | "multiline" | "date" | "date-time" | "time" | "lines" | "json";
export type Parsed = { value: unknown } | { problem: string };

function typesOf(schema: ParamSchema, value: unknown): string[] {
  const given = schema.type === undefined ? [] : [schema.type].flat();
  const types = given.filter((type) => type !== "null");
  if (types.length) return types;
  if (typeof value === "string" || value === null || value === undefined) return ["string"];
  if (Array.isArray(value)) return ["array"];
  return [typeof value];
}

export function isNullable(schema: ParamSchema): boolean {
  return [schema.type].flat().includes("null") || (Array.isArray(schema.enum) && schema.enum.includes(null));
}

export function fieldKind({ schema, value }: Pick<Param, "schema" | "value">): FieldKind {
  // What can have one value only needs no input.
  if ("const" in schema) return "hidden";
  if (Array.isArray(schema.enum)) return "choice";
  const types = typesOf(schema, value);
  if (types.length > 1) return types.every((type) => type === "integer" || type === "number") ? "number" : "json";
  switch (types[0]) {
    case "boolean":
      return isNullable(schema) ? "choice" : "boolean";
    case "integer":
    case "number":
      return "number";
    case "array":
      if (isPickable(schema, value)) return "multi";
      return isListOfText(schema, value) ? "lines" : "json";
    case "string":
      if (schema.format === "date" || schema.format === "date-time" || schema.format === "time") return schema.format;
      return schema.format === "multiline" || (typeof value === "string" && value.includes("\n")) ? "multiline" : "text";
    default:
      return "json";
  }
}

/** What can be chosen from: of a choice and of a multiple choice. */
export function optionsOf(schema: ParamSchema): unknown[] {
  if (Array.isArray(schema.enum)) return schema.enum;
  if ([schema.type].flat().includes("boolean")) return [true, false];
  const items = schema.items as ParamSchema | undefined;
  return Array.isArray(items?.enum) ? items.enum : (schema.examples ?? []);
}

/** A list whose values are known beforehand, and whose value has no others. */
function isPickable(schema: ParamSchema, value: unknown): boolean {
  const options = optionsOf(schema).map((one) => JSON.stringify(one));
  return options.length > 0 && (!Array.isArray(value) || value.every((one) => options.includes(JSON.stringify(one))));
}

function isListOfText(schema: ParamSchema, value: unknown): boolean {
  const items = schema.items as ParamSchema | undefined;
  if (items !== undefined && items.type !== "string") return false;
  // A line of its own can hold neither a line break nor nothing.
  return !Array.isArray(value) || value.every((one) => typeof one === "string" && one !== "" && !one.includes("\n"));
}

/** The text that an input shows for a value; moments by the clock of the zone. */
export function toText(kind: FieldKind, value: unknown, zone = browserZone()): string {
  if (value === undefined) return "";
  if (value === null) return "";
  if (kind === "lines") return Array.isArray(value) ? value.join("\n") : "";
  if (kind === "json") return JSON.stringify(value, null, 2);
  if (kind === "date-time") return localMoment(String(value), zone);
  if (kind === "time") return String(value).slice(0, 8);
  return String(value);
}

/** The value of a text, or what is wrong with it. */
export function fromText(kind: FieldKind, text: string, schema: ParamSchema, zone = browserZone()): Parsed {
  const trimmed = text.trim();
  if (trimmed === "") {
    if (isNullable(schema)) return { value: null };
    if (kind === "lines") return checked([], schema);
    if ((kind === "text" || kind === "multiline") && !schema.minLength) return checked("", schema);
    return { problem: words.trigger.required };
  }
  switch (kind) {
    case "number":
      return toNumber(trimmed, schema);
    case "lines":
      return checked(text.split("\n").filter((line) => line !== ""), schema);
    case "json":
      try {
        return checked(JSON.parse(text) as unknown, schema);
      } catch {
        return { problem: words.trigger.notJson };
      }
    case "date-time": {
      const at = momentOf(text, zone);
      return at === null ? { problem: words.trigger.required } : { value: at };
    }
    case "time":
      return { value: text.length === 5 ? `${text}:00` : text };
    default:
      return checked(text, schema);
  }
}

function toNumber(text: string, schema: ParamSchema): Parsed {
  const value = Number(text);
  if (!Number.isFinite(value)) return { problem: words.trigger.notNumber };
  const isWhole = [schema.type].flat().includes("integer") && ![schema.type].flat().includes("number");
  if (isWhole && !Number.isInteger(value)) return { problem: words.trigger.notInteger };
  return checked(value, schema);
}

function checked(value: unknown, schema: ParamSchema): Parsed {
  const problem = problemOf(value, schema);
  return problem === undefined ? { value } : { problem };
}

/** What the schema does not allow in a value, as far as it is a matter of limits; the server judges the rest. */
export function problemOf(value: unknown, schema: ParamSchema): string | undefined {
  const t = formWords;
  const limit = (name: string) => (typeof schema[name] === "number" ? (schema[name] as number) : undefined);
  if (value === null) return isNullable(schema) || schema.type === undefined ? undefined : words.trigger.required;
  if (typeof value === "number") {
    const [least, most, above, below, step] = [limit("minimum"), limit("maximum"), limit("exclusiveMinimum"), limit("exclusiveMaximum"), limit("multipleOf")];
    if (least !== undefined && value < least) return t.atLeast(least);
    if (most !== undefined && value > most) return t.atMost(most);
    if (above !== undefined && value <= above) return t.above(above);
    if (below !== undefined && value >= below) return t.below(below);
    if (step !== undefined && Math.abs(value / step - Math.round(value / step)) > 1e-9) return t.multipleOf(step);
  }
  if (typeof value === "string") {
    // As the server counts: characters, not halves of them.
    const { length } = [...value];
    if (schema.minLength !== undefined && length < schema.minLength) return schema.minLength === 1 ? words.trigger.required : t.longer(schema.minLength);
    if (schema.maxLength !== undefined && length > schema.maxLength) return t.shorter(schema.maxLength);
    if (typeof schema.pattern === "string" && isMismatch(schema.pattern, value)) return t.pattern(schema.pattern);
  }
  if (Array.isArray(value)) {
    const [least, most] = [limit("minItems"), limit("maxItems")];
    if (least !== undefined && value.length < least) return t.moreItems(least);
    if (most !== undefined && value.length > most) return t.fewerItems(most);
    if (schema.uniqueItems === true && new Set(value.map((one) => JSON.stringify(one))).size < value.length) return t.unique;
  }
  return undefined;
}

/** A pattern that only Python understands is left to the server. */
function isMismatch(pattern: string, text: string): boolean {
  try {
    return !new RegExp(pattern, "u").test(text);
  } catch {
    return false;
  }
}

/** What is wrong with the values of a form before it is sent: names of parameters to sentences. */
export function problemsOf(params: readonly Param[], conf: Record<string, unknown>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const param of params) {
    const value = conf[param.name];
    const isAbsent = value === undefined || (param.required && value === "" && param.schema.minLength !== 0);
    const problem = isAbsent ? words.trigger.required : problemOf(value, param.schema);
    if (problem !== undefined) found[param.name] = problem;
  }
  return found;
}

/** The parameter that a sentence of the server is about, and what it says of it. */
export function aboutParam(message: string): { name: string; problem: string } | null {
  const found = /^Invalid input for param (.+?): (.*)$/s.exec(message) ?? /^the answer cannot be taken: (\S+): (.*)$/s.exec(message);
  return found ? { name: found[1] ?? "", problem: found[2] ?? "" } : null;
}

const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** "2026-01-31T08:00:00Z" as the clock of a zone shows it, which the browser's input takes. */
export function localMoment(at: string, zone = browserZone()): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : wallClock(date.getTime(), zone);
}

/** What the browser's input for a date and time gives, as a moment; null when it is none. */
export function momentOf(local: string, zone = browserZone()): string | null {
  const at = local === "" ? Number.NaN : instantOf(local, zone);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
