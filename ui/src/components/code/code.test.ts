import { describe, expect, it } from "vitest";

import { diffLines, folded } from "./diff";
import { highlight } from "./python";

const shown = (before: string, after: string) => diffLines(before, after).map(({ kind, text }) => `${{ same: " ", out: "-", in: "+" }[kind]}${text}`);

describe("the difference of two texts", () => {
  it("is nothing, all, or some lines", () => {
    expect(shown("a\nb", "a\nb")).toEqual([" a", " b"]);
    expect(shown("a\nb\nc", "a\nx\nc")).toEqual([" a", "-b", "+x", " c"]);
    expect(shown("a\nb\nc", "a\nc")).toEqual([" a", "-b", " c"]);
    expect(shown("a\nc", "a\nb\nc")).toEqual([" a", "+b", " c"]);
    expect(shown("", "a")).toEqual(["-", "+a"]);
  });
  it("leads from the one to the other, whatever they are", () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
    for (let round = 0; round < 300; round++) {
      const text = () => Array.from({ length: random(14) }, () => "abcd"[random(4)]).join("\n");
      const [before, after] = [text(), text()];
      const lines = diffLines(before, after);
      expect(lines.filter(({ kind }) => kind !== "in").map(({ text }) => text).join("\n")).toBe(before);
      expect(lines.filter(({ kind }) => kind !== "out").map(({ text }) => text).join("\n")).toBe(after);
      expect(lines.filter((line) => line.kind !== "in").map((line) => line.old)).toEqual(before.split("\n").map((_, i) => i + 1));
    }
  });
  it("of two quite different long texts is still told", () => {
    const [before, after] = [Array.from({ length: 3000 }, (_, i) => `a${i}`).join("\n"), Array.from({ length: 3000 }, (_, i) => `b${i}`).join("\n")];
    expect(diffLines(before, after)).toHaveLength(6000);
  });
  it("folds what stayed", () => {
    const before = Array.from({ length: 40 }, (_, i) => `line ${i}`);
    const parts = folded(diffLines(before.join("\n"), before.with(20, "new").join("\n")));
    expect(parts.map((part) => [part.kind, part.lines.length])).toEqual([["folded", 17], ["shown", 8], ["folded", 16]]);
  });
});

describe("the colours of Python", () => {
  const kinds = (source: string) => highlight(source).map((line) => line.filter(({ kind }) => kind !== "plain").map(({ kind, text }) => `${kind}:${text}`));
  it("tells words, texts and numbers apart", () => {
    expect(kinds('@dag\ndef load(x):  # why\n    return f"a{x}" + 0x1F')).toEqual([
      ["decorator:@dag"],
      ["keyword:def", "name:load", "comment:# why"],
      ["keyword:return", 'string:f"a{x}"', "number:0x1F"],
    ]);
    expect(kinds('"""one\ntwo"""\nx = 1')).toEqual([['string:"""one'], ['string:two"""'], ["number:1"]]);
    expect(kinds("match = re.match(x)\nmatch x:")).toEqual([[], ["keyword:match"]]);
    expect(kinds("open('it\\'s')")).toEqual([["builtin:open", "string:'it\\'s'"]]);
  });
  it("loses nothing of the text", () => {
    for (const source of ["", "a = '", 'x = """never closed\n  y', "한글 = 'é' # 🙂\n\n\treturn", "a @ b\nlambda: 1e5j"])
      expect(highlight(source).map((line) => line.map(({ text }) => text).join("")).join("\n")).toBe(source);
  });
});
