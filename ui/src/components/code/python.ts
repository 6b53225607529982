/** The colours of Python source: lines of tokens. Pure, and forgiving: what it does not know is plain. */

export type TokenKind = "plain" | "comment" | "string" | "number" | "keyword" | "name" | "decorator" | "builtin";
export type Token = { kind: TokenKind; text: string };

const KEYWORDS = new Set(
  "and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield None True False".split(" "),
);
/** Words that are keywords only where a statement begins; as names they are common. */
const SOFT = new Set(["match", "case"]);
const BUILTINS = new Set(
  "abs all any bool bytes dict enumerate filter float format frozenset getattr hasattr int isinstance iter len list map max min next object open print range repr reversed round self set sorted str sum super tuple type zip".split(" "),
);
const SCAN =
  /(#[^\n]*)|((?:[rbfuRBFU]{0,2})(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?))|(\b(?:0[xob][\da-f_]+|\d[\d_]*(?:\.[\d_]*)?(?:e[+-]?\d+)?j?)\b)|(@[\w.]+)|([^\W\d]\w*)/giu;

export function highlight(source: string): Token[][] {
  const lines: Token[][] = [[]];
  const put = (kind: TokenKind, text: string) => {
    text.split("\n").forEach((part, i) => {
      if (i > 0) lines.push([]);
      if (part !== "") lines.at(-1)?.push({ kind, text: part });
    });
  };
  let from = 0;
  let before = "";
  for (const found of source.matchAll(SCAN)) {
    put("plain", source.slice(from, found.index));
    from = found.index + found[0].length;
    const [all, comment, string, number, decorator, word] = found;
    const isFirst = /(^|\n)[ \t]*$/.test(source.slice(Math.max(0, found.index - 200), found.index));
    if (comment !== undefined) put("comment", all);
    else if (string !== undefined) put("string", all);
    else if (number !== undefined) put("number", all);
    else if (decorator !== undefined) put(isFirst ? "decorator" : "plain", all);
    else if (word !== undefined && KEYWORDS.has(word) && (!SOFT.has(word) || (isFirst && /^\s+[^=\s.,)(]/.test(source.slice(from, from + 40))))) put("keyword", all);
    else if (before === "def" || before === "class") put("name", all);
    else if (word !== undefined && BUILTINS.has(word) && source[found.index - 1] !== ".") put("builtin", all);
    else put("plain", all);
    before = word ?? "";
  }
  put("plain", source.slice(from));
  return lines;
}
