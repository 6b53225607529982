import { expect, it } from "vitest";

import { csv } from "./csv";

it("makes no formula of what it is given", () => {
  const rows = [["=1+2", "+SUM(A1)", "-3", "@x", " =cmd|' /C calc'!A0", "\tx", "plain", "a,b", 'say "yes"', "two\nlines"]];
  const [, line] = csv(["h"], rows).split("\r\n");
  expect(line).toBe(`'=1+2,'+SUM(A1),'-3,'@x,' =cmd|' /C calc'!A0,'\tx,plain,"a,b","say ""yes""","two\nlines"`);
});

it("keeps numbers as numbers", () => {
  expect(csv(["n"], [[-3.5], [null], [0]])).toBe("\ufeffn\r\n-3.5\r\n\r\n0\r\n");
});
