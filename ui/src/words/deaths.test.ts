import { expect, test, vi } from "vitest";

import told from "../../../tests/unit/deaths.json?raw";
import type { Cause } from "../services/types";

vi.mock("../services/settings", () => ({ settings: { current: () => ({ zone: "UTC" }) } }));

const cases = (JSON.parse(told) as Cause[]).map((cause) => [`${cause.code} ${JSON.stringify(cause.values)}`, cause] as const);
const KOREAN = /[가-힣]/;

async function inLanguage(language: "en" | "ko") {
  vi.resetModules();
  vi.stubGlobal("localStorage", { getItem: (key: string) => (key === "ostro.language" ? language : null) });
  return await import("./deaths");
}

test.each(cases)("%s is told in both languages", async (_, cause) => {
  for (const language of ["en", "ko"] as const) {
    const { deathText, deathKind } = await inLanguage(language);
    const text = deathText(cause);
    expect(KOREAN.test(text)).toBe(language === "ko");
    expect(KOREAN.test(deathKind(cause))).toBe(language === "ko");
    expect(text).not.toMatch(/undefined|NaN|Invalid/);
    for (const [name, value] of Object.entries(cause.values ?? {})) if (name !== "since" && name !== "is_broken") expect(text).toContain(value.toLocaleString(language));
  }
});

test("what user code raised stays as it is", async () => {
  const { deathText } = await inLanguage("ko");
  expect(deathText({ kind: "exception", text: "ValueError: boom" })).toBe("ValueError: boom");
  expect(deathText({ kind: "exit", text: "something new", code: "melted", values: {} })).toBe("something new");
});
