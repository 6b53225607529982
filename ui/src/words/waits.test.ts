import { expect, test, vi } from "vitest";

import told from "../../../tests/api/waits.json?raw";
import type { Waiting } from "../services/types";

vi.mock("../services/settings", () => ({ settings: { current: () => ({ zone: "UTC" }) } }));

const cases = Object.entries(JSON.parse(told) as Record<string, Waiting>);

async function inLanguage(language: "en" | "ko") {
  vi.resetModules();
  vi.stubGlobal("localStorage", { getItem: (key: string) => (key === "ostro.language" ? language : null) });
  return { ...(await import("./waits")), ...(await import("./task")) };
}

const KOREAN = /[가-힣]/;
/** What is told in words of the page: moments, states, and that one slot is wanted. */
const REWORDED = new Set(["at", "until", "last", "state", "states", "downstream", "of", "open"]);
const facts = ({ values }: Waiting) => Object.entries(values).filter(([name, value]) => !REWORDED.has(name) && !(name === "wanted" && value === 1)).map(([, value]) => String(value));

test.each(cases)("%s is told in Korean", async (_, one) => {
  const { waitText, taskWords } = await inLanguage("ko");
  const text = waitText(one);
  expect(text).toMatch(KOREAN);
  expect(text).not.toMatch(/undefined|NaN|Invalid|\[object/);
  for (const { task_id } of one.about) expect(text).toContain(task_id);
  for (const fact of facts(one)) expect(text).toContain(fact);
  expect(taskWords.causes[one.name]).toMatch(KOREAN);
});

test.each(cases)("%s is told in English", async (_, one) => {
  const { waitText, taskWords } = await inLanguage("en");
  const text = waitText(one);
  expect(text).not.toMatch(KOREAN);
  expect(text).not.toMatch(/undefined|NaN|Invalid|\[object/);
  // A sentence of the page's own begins with a capital letter; the server's does not.
  expect(text).toMatch(/^[A-Z].*\.$/);
  expect(taskWords.causes[one.name]).toBeDefined();
});

test("a reason that the page does not know, or knows with other values, is told as the server says it", async () => {
  const { waitText } = await inLanguage("ko");
  expect(waitText({ name: "moon_phase", reason: "the moon is full", about: [], values: {} })).toBe("the moon is full");
  expect(waitText({ name: "pool_full", reason: "1 of 1 slots", about: [], values: { pond: "x" } })).toBe("1 of 1 slots");
  expect(waitText({ name: "trigger_rule", reason: "a new rule", about: [], values: { rule: "most_done", done: 1, total: 2, open: 1 } })).toBe("a new rule");
});

test("of many tasks the first are named and the others counted", async () => {
  const { waitText } = await inLanguage("en");
  const about = Array.from({ length: 20 }, (_, i) => ({ task_id: "a", map_index: i, state: "none" as const }));
  expect(waitText({ name: "mapping", reason: "", about, values: { open: 1200 } })).toBe("Waits for what it maps over: “a[0]”, “a[1]”, “a[2]”, “a[3]”, “a[4]” and 1,195 more.");
});
