import { afterEach, beforeEach, expect, it, vi } from "vitest";

vi.mock("../services/settings", () => ({ settings: { current: () => ({ zone: "Asia/Seoul" }) } }));

beforeEach(() => vi.resetModules());
afterEach(() => vi.unstubAllGlobals());

it.each([
  ["en", "31 Jan 2026, 08:00:05 GMT+9"],
  ["ko", "2026년 1월 31일 08:00:05 GMT+9"],
])("writes a whole moment in %s with the clock of 24 hours and its zone", async (language, wanted) => {
  vi.stubGlobal("navigator", { language });
  const { formatMoment } = await import("./times");
  expect(formatMoment("2026-01-30T23:00:05Z")).toBe(wanted);
});
