import { describe, expect, it } from "vitest";

import type { ParamSchema } from "../../services/types";
import { fieldKind, fromText, toText } from "./schema";

const kind = (schema: ParamSchema, value: unknown = null) => fieldKind({ schema, value });

describe("the input of a parameter", () => {
  it.each([
    [{ type: "string" }, "", "text"],
    [{ type: ["null", "string"] }, null, "text"],
    [{ type: "string", format: "date" }, "2026-01-31", "date"],
    [{ type: ["string", "null"], format: "date-time" }, null, "date-time"],
    [{ type: "string", format: "multiline" }, "", "multiline"],
    [{ type: "integer" }, 3, "number"],
    [{ type: ["integer", "number"] }, 3, "number"],
    [{ type: "boolean" }, false, "boolean"],
    [{ type: "string", enum: ["a", "b"] }, "a", "choice"],
    [{ type: "array", items: { type: "string" } }, [], "lines"],
    [{ type: "array" }, [1, 2], "json"],
    [{ type: "object" }, {}, "json"],
    [{ type: ["string", "integer"] }, "a", "json"],
    [{}, "text", "text"],
    [{}, 1.5, "number"],
    [{}, { a: 1 }, "json"],
  ] as [ParamSchema, unknown, string][])("of %j with %j is %s", (schema, value, expected) => {
    expect(kind(schema, value)).toBe(expected);
  });
});

describe("the text of an input", () => {
  it("becomes a number, or says why not", () => {
    expect(fromText("number", "12", { type: "integer" })).toEqual({ value: 12 });
    expect(fromText("number", "1.5", { type: "number" })).toEqual({ value: 1.5 });
    expect(fromText("number", "1.5", { type: "integer" })).toHaveProperty("problem");
    expect(fromText("number", "many", { type: "number" })).toHaveProperty("problem");
  });
  it("when empty is null where null is allowed", () => {
    expect(fromText("number", "", { type: ["null", "integer"] })).toEqual({ value: null });
    expect(fromText("number", "", { type: "integer" })).toHaveProperty("problem");
    expect(fromText("text", "", { type: "string" })).toEqual({ value: "" });
    expect(fromText("text", "", { type: "string", minLength: 1 })).toHaveProperty("problem");
  });
  it("becomes a list, an object, a moment", () => {
    expect(fromText("lines", "a\n\nb\n", { type: "array" })).toEqual({ value: ["a", "b"] });
    expect(fromText("json", '{"a": [1]}', { type: "object" })).toEqual({ value: { a: [1] } });
    expect(fromText("json", "{a}", { type: "object" })).toHaveProperty("problem");
    const moment = "2026-01-31T08:00:00.000Z";
    expect(fromText("date-time", toText("date-time", moment), { type: "string" })).toEqual({ value: moment });
  });
});
