import { describe, expect, it } from "vitest";

import { addMonths, clockHours, countOf, daysOf, hoursOf, lookOf, shadeOf, shadesOf, weeksOf } from "./model";

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
  it("puts hours under the hour of the clock", () => {
    const spring = clockHours("2026-03-29", "Europe/Berlin").map((some) => some.length);
    expect(spring).toEqual([1, 1, 0, ...Array<number>(21).fill(1)]);
    const autumn = clockHours("2026-11-01", "America/New_York");
    expect(autumn.map((some) => some.length)).toEqual([1, 2, ...Array<number>(22).fill(1)]);
    expect((autumn[1]?.[1] ?? 0) - (autumn[1]?.[0] ?? 0)).toBe(3_600_000);
    // Lord Howe goes back by half an hour: the second half of its hour comes twice.
    expect(clockHours("2026-04-05", "Australia/Lord_Howe").flat()).toHaveLength(hoursOf("2026-04-05", "Australia/Lord_Howe").length);
  });
  it("shades counts: the most is the darkest, none has no shade", () => {
    expect(countOf(cell({ success: 3, failed: 2 }), "runs")).toBe(5);
    expect(countOf(cell({ success: 3, failed: 2 }), "failed")).toBe(2);
    expect(shadesOf(0)).toEqual([]);
    expect(shadesOf(2)).toEqual([1, 2]);
    expect(shadesOf(96)).toEqual([24, 48, 72, 96]);
    expect([0, 1, 24, 25, 96].map((count) => shadeOf(count, shadesOf(96)))).toEqual([0, 1, 1, 2, 4]);
    expect(shadeOf(1, shadesOf(1))).toBe(4);
  });
});
