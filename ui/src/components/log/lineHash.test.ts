import { describe, expect, it } from "vitest";

import { readHash, writeHash } from "./lineHash";

describe("lines in an address", () => {
  it("are one or a range, in order", () => {
    expect(readHash("#L12")).toEqual({ from: 12, to: 12 });
    expect(readHash("L20-L12")).toEqual({ from: 12, to: 20 });
    expect(readHash("#L3-7")).toEqual({ from: 3, to: 7 });
  });
  it("that are none are left out", () => {
    for (const text of ["", "#", "#L", "#L0", "#x12", "#L1-", "#L9999999999999999999"]) expect(readHash(text)).toBeNull();
  });
  it("are written as they are read", () => {
    expect(writeHash({ from: 4, to: 4 })).toBe("L4");
    expect(readHash(writeHash({ from: 4, to: 9 }))).toEqual({ from: 4, to: 9 });
  });
});
