/** Which input a parameter gets, and how its text becomes a value. Pure. */

import type { Param, ParamSchema } from "../../services/types";
import { words } from "../../words";

export type FieldKind = "boolean" | "choice" | "number" | "text" | "multiline" | "date" | "date-time" | "time" | "lines" | "json";
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
  return [schema.type].flat().includes("null");
}

export function fieldKind({ schema, value }: Pick<Param, "schema" | "value">): FieldKind {
  if (Array.isArray(schema.enum)) return "choice";
  const types = typesOf(schema, value);
  if (types.length > 1) return types.every((type) => type === "integer" || type === "number") ? "number" : "json";
  switch (types[0]) {
    case "boolean":
      return "boolean";
    case "integer":
    case "number":
      return "number";
    case "array":
      return isListOfText(schema, value) ? "lines" : "json";
    case "string":
      if (schema.format === "date" || schema.format === "date-time" || schema.format === "time") return schema.format;
      return schema.format === "multiline" || (typeof value === "string" && value.includes("\n")) ? "multiline" : "text";
    default:
      return "json";
  }
}

function isListOfText(schema: ParamSchema, value: unknown): boolean {
  const items = schema.items as ParamSchema | undefined;
  if (items !== undefined) return items.type === "string";
  return !Array.isArray(value) || value.every((one) => typeof one === "string");
}

/** The text that an input shows for a value. */
export function toText(kind: FieldKind, value: unknown): string {
  if (value === null || value === undefined) return "";
  if (kind === "lines") return Array.isArray(value) ? value.join("\n") : "";
  if (kind === "json") return JSON.stringify(value, null, 2);
  if (kind === "date-time") return localMoment(String(value));
  return String(value);
}

/** The value of a text, or what is wrong with it. */
export function fromText(kind: FieldKind, text: string, schema: ParamSchema): Parsed {
  const trimmed = text.trim();
  if (trimmed === "") {
    if (isNullable(schema)) return { value: null };
    if (kind === "lines") return { value: [] };
    if ((kind === "text" || kind === "multiline") && !schema.minLength) return { value: "" };
    return { problem: words.trigger.required };
  }
  switch (kind) {
    case "number":
      return toNumber(trimmed, schema);
    case "lines":
      return { value: text.split("\n").filter((line) => line !== "") };
    case "json":
      try {
        return { value: JSON.parse(text) as unknown };
      } catch {
        return { problem: words.trigger.notJson };
      }
    case "date-time": {
      const date = new Date(text);
      return Number.isNaN(date.getTime()) ? { problem: words.trigger.required } : { value: date.toISOString() };
    }
    default:
      return { value: text };
  }
}

function toNumber(text: string, schema: ParamSchema): Parsed {
  const value = Number(text);
  if (!Number.isFinite(value)) return { problem: words.trigger.notNumber };
  const isWhole = [schema.type].flat().includes("integer") && ![schema.type].flat().includes("number");
  if (isWhole && !Number.isInteger(value)) return { problem: words.trigger.notInteger };
  return { value };
}

/** "2026-01-31T08:00:00Z" as the local time that the browser's input takes. */
export function localMoment(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}
