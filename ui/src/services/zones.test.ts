import { describe, expect, it } from "vitest";

import { instantOf, nextDay, wallClock } from "./zones";

const HOUR = 3_600_000;
const lengthOf = (day: string, zone: string) => (instantOf(nextDay(day), zone) - instantOf(day, zone)) / HOUR;

describe("days of zones", () => {
  it("have 23 and 25 hours when the clocks change", () => {
    expect(lengthOf("2026-03-29", "Europe/Berlin")).toBe(23);
    expect(lengthOf("2026-10-25", "Europe/Berlin")).toBe(25);
    expect(lengthOf("2026-03-08", "America/New_York")).toBe(23);
    expect(lengthOf("2026-11-01", "America/New_York")).toBe(25);
    expect(lengthOf("2026-03-29", "Asia/Seoul")).toBe(24);
    expect(lengthOf("2026-04-05", "Australia/Lord_Howe")).toBe(24.5);
  });
  it("begin where the zone says", () => {
    expect(new Date(instantOf("2026-01-31", "Asia/Seoul")).toISOString()).toBe("2026-01-30T15:00:00.000Z");
    expect(new Date(instantOf("2026-07-01T08:30", "Europe/Berlin")).toISOString()).toBe("2026-07-01T06:30:00.000Z");
  });
  it("take the first of two equal clocks, and what follows a gap", () => {
    expect(new Date(instantOf("2026-10-25T02:30", "Europe/Berlin")).toISOString()).toBe("2026-10-25T00:30:00.000Z");
    expect(new Date(instantOf("2026-03-29T02:30", "Europe/Berlin")).toISOString()).toBe("2026-03-29T01:30:00.000Z");
  });
  it("show the clock", () => {
    expect(wallClock(Date.parse("2026-03-29T01:00:00Z"), "Europe/Berlin")).toBe("2026-03-29T03:00:00");
  });
});
