import { describe, expect, it } from "vitest";

import { addMonths, daysOf, hoursOf, lookOf, weeksOf } from "./model";

const cell = (counts: object, planned = 0) => ({ key: "", at: "", until: "", counts, planned });

describe("calendar", () => {
  it("has all days of a year under their weekdays", () => {
    const weeks = weeksOf(2026);
    expect(weeks.flat().filter(Boolean)).toHaveLength(365);
    // 1 January 2026 is a Thursday.
    expect(weeks[0]).toEqual([null, null, null, "2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]);
    expect(weeks.every((week) => week.length === 7)).toBe(true);
    expect(weeksOf(2028).flat().filter(Boolean)).toHaveLength(366);
  });
  it("has 23 and 25 hours when the clocks change", () => {
    expect(hoursOf("2026-03-29", "Europe/Berlin")).toHaveLength(23);
    expect(hoursOf("2026-10-25", "Europe/Berlin")).toHaveLength(25);
    expect(hoursOf("2026-03-29", "Asia/Kathmandu")).toHaveLength(24);
    expect(daysOf("2026-02")).toHaveLength(28);
    expect(addMonths("2026-01", -1)).toBe("2025-12");
  });
  it("tells mixed days from bad ones", () => {
    expect(lookOf(undefined)).toBe("none");
    expect(lookOf(cell({ success: 1, failed: 1 }))).toBe("mixed");
    expect(lookOf(cell({ failed: 1, running: 1 }))).toBe("failed");
    expect(lookOf(cell({ success: 1, running: 1 }))).toBe("running");
    expect(lookOf(cell({}, 2))).toBe("planned");
  });
});
