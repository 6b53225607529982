import { describe, expect, it } from "vitest";

import type { ParamSchema } from "../../services/types";
import { aboutParam, fieldKind, type FieldKind, fromText, optionsOf, problemOf, problemsOf, toText } from "./schema";

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
    [{ type: ["boolean", "null"] }, null, "choice"],
    [{ type: "string", const: "fixed" }, "fixed", "hidden"],
    [{ type: "array", examples: ["a", "b"] }, ["a"], "multi"],
    [{ type: "array", items: { type: "string", enum: ["a", "b"] } }, [], "multi"],
    [{ type: "array", examples: ["a", "b"] }, ["c"], "lines"],
    [{ type: "array", items: { type: "object" } }, [], "json"],
    [{ type: "array", items: { type: "string" } }, ["two\nlines"], "json"],
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

/** Schemas as DAG files have them, each with values that it allows. */
const TYPED: [ParamSchema, unknown[]][] = [
  [{ type: "string" }, ["", "a", " padded ", "é한글🙂", "null", "12"]],
  [{ type: "string", minLength: 1, maxLength: 5 }, ["a", "🙂🙂🙂🙂🙂"]],
  [{ type: "string", pattern: "^[a-z]+$" }, ["abc"]],
  [{ type: "string", pattern: "(?P<name>x)" }, ["anything that only Python can judge"]],
  [{ type: "string", format: "multiline" }, ["one\ntwo", "", "  x\n\n"]],
  [{ type: "string", format: "date" }, ["2026-01-31", "0999-12-31"]],
  [{ type: "string", format: "time" }, ["08:30:00", "23:59:59"]],
  [{ type: "string", format: "date-time" }, ["2026-01-31T08:00:00.000Z", "2026-07-01T00:00:00.000Z", "1999-12-31T23:59:59.000Z"]],
  [{ type: "string", enum: ["a", "b"] }, ["a", "b"]],
  [{ type: "string", examples: ["x", "y"] }, ["x", "of one's own"]],
  [{ type: ["null", "string"] }, [null, "a"]],
  [{ type: ["string", "null"], format: "date-time" }, [null, "2026-01-31T08:00:00.000Z"]],
  [{ type: ["string", "null"], format: "date" }, [null, "2026-01-31"]],
  [{ type: "integer" }, [0, -5, 9007199254740991]],
  [{ type: "integer", minimum: 1, maximum: 10 }, [1, 10]],
  [{ type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 3, multipleOf: 1 }, [1, 2]],
  [{ type: "number" }, [0, 1.5, -0.25, 1e21, 1e-7]],
  [{ type: "number", multipleOf: 0.1 }, [0.3, 0.7]],
  [{ type: ["integer", "number"] }, [1, 1.5]],
  [{ type: ["null", "integer"] }, [null, 3]],
  [{ type: ["number", "null"], minimum: 0 }, [null, 0.5]],
  [{ type: "boolean" }, [true, false]],
  [{ type: ["boolean", "null"] }, [true, false, null]],
  [{ enum: [1, "1", true, null, { a: 1 }] }, [1, "1", true, null, { a: 1 }]],
  [{ type: "array", items: { type: "string" } }, [[], ["a"], ["a", "b c"], ["two\nlines"], [""]]],
  [{ type: "array" }, [[], ["a"], [1, 2], [{ a: [] }]]],
  [{ type: "array", items: { type: "number" } }, [[], [1, 2.5]]],
  [{ type: "array", items: { type: "object" } }, [[], [{ a: 1 }]]],
  [{ type: "array", items: { type: "string", enum: ["a", "b"] } }, [[], ["a"], ["a", "b"]]],
  [{ type: "array", examples: ["x", "y", "z"] }, [[], ["x", "z"], ["of one's own"]]],
  [{ type: ["array", "null"], items: { type: "string" } }, [null, ["a"]]],
  [{ type: "array", minItems: 1, maxItems: 2, uniqueItems: true, items: { type: "string" } }, [["a"], ["a", "b"]]],
  [{ type: "object" }, [{}, { a: { b: [1, null, "x"] } }]],
  [{ type: ["object", "null"] }, [null, { a: 1 }]],
  [{ type: ["string", "integer"] }, ["12", 12, ""]],
  [{ type: ["string", "array"] }, ["a", ["a"]]],
  [{ anyOf: [{ type: "string" }, { type: "integer" }] }, ["a", 5]],
  [{}, ["text", 5, 1.5, true, [1], ["a"], { a: 1 }, "two\nlines"]],
];
const CORPUS = TYPED.flatMap(([schema, values]) => values.map((value) => [schema, value] as const));

describe("a value that goes through its input", () => {
  it("has a corpus worth the name", () => expect(CORPUS.length).toBeGreaterThan(90));
  it.each(["UTC", "Asia/Seoul", "America/New_York"])("comes out as it was, by the clock of %s", (zone) => {
    for (const [schema, value] of CORPUS) {
      const told = `${JSON.stringify(schema)} ${JSON.stringify(value)}`;
      const shape: FieldKind = fieldKind({ schema, value });
      expect(problemOf(value, schema), told).toBeUndefined();
      if (shape === "choice") expect(schema.enum || value !== null ? optionsOf(schema) : [null], told).toContainEqual(value);
      else if (shape === "multi") for (const one of value as unknown[]) expect(optionsOf(schema), told).toContainEqual(one);
      else if (shape !== "boolean") expect(fromText(shape, toText(shape, value, zone), schema, zone), told).toEqual({ value });
    }
  });
});

describe("the limits of a schema", () => {
  it.each([
    [{ type: "integer", minimum: 1 }, 0],
    [{ type: "integer", maximum: 1 }, 2],
    [{ type: "number", exclusiveMinimum: 0 }, 0],
    [{ type: "number", exclusiveMaximum: 1 }, 1],
    [{ type: "number", multipleOf: 0.5 }, 0.7],
    [{ type: "string", minLength: 3 }, "🙂🙂"],
    [{ type: "string", maxLength: 1 }, "ab"],
    [{ type: "string", pattern: "^a" }, "b"],
    [{ type: "array", minItems: 1 }, []],
    [{ type: "array", maxItems: 1 }, [1, 2]],
    [{ type: "array", uniqueItems: true }, [1, 1]],
    [{ type: "string" }, null],
  ] as [ParamSchema, unknown][])("%j does not allow %j", (schema, value) => expect(problemOf(value, schema)).toBeTypeOf("string"));
  it("are told for each parameter, and what is missing", () => {
    const params = [
      { name: "a", required: true, value: undefined, description: null, schema: { type: "string" } },
      { name: "b", required: false, value: 1, description: null, schema: { type: "integer", minimum: 0 } },
      { name: "c", required: false, value: "x", description: null, schema: {} },
    ];
    expect(Object.keys(problemsOf(params, { b: -1, c: "x" }))).toEqual(["a", "b"]);
    expect(problemsOf(params, { a: "x", b: 0, c: null })).toEqual({});
  });
  it("that the server finds are told at their field", () => {
    expect(aboutParam("Invalid input for param who: 5 is not of type 'string'")).toEqual({ name: "who", problem: "5 is not of type 'string'" });
    expect(aboutParam("A Dag run already exists")).toBeNull();
  });
});
