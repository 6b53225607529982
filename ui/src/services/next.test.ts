import { expect, test } from "vitest";

import { safeNext } from "./next";

const OWN = ["/", "/dags", "/dags/a%2Fb?tasks=x", "/runs?states=%5B%22failed%22%5D#top", "/dags/한국어"];
const FOREIGN = [
  "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example",
  " //evil.example", "/ /evil.example", "https://evil.example", "https:evil.example", "https:/evil.example", "HTTPS://evil.example", "http:\\\\evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
  "data:text/html,x", "vbscript:x", "//user@evil.example", "evil.example", "evil.example/x", "@evil.example", ".evil.example", "//[::1]/", "//evil.example:80/", "/\u0000/evil.example", "/..//evil.example",
  "/./\\evil.example", "/.//evil.example", "/x/..//evil.example", "/%2e%2e//evil.example", "//evil.example/%2f..", "/\u2028/evil.example", "ftp://evil.example", "//", "/\\", "", "?next=//evil", "#//evil",
];

test.each(OWN)("%s is a path of this page", (next) => expect(safeNext(next)).toBe(next));
test.each(FOREIGN)("%j leads nowhere else", (next) => expect(safeNext(next)).toBe("/"));
