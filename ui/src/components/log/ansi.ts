/** Colour codes of terminals as pieces of text with class names. Pure. */

export type Piece = { text: string; className: string };

// Matches one "select graphic rendition" code; other codes are dropped.
const CODE = /\x1b\[([0-9;]*)([A-Za-z])/g;

export function piecesOf(raw: string): Piece[] {
  const pieces: Piece[] = [];
  let colour: number | null = null;
  let isBold = false;
  let from = 0;
  const push = (text: string) => {
    if (text) pieces.push({ text, className: [colour === null ? "" : `ansi-${colour}`, isBold ? "ansi-bold" : ""].filter(Boolean).join(" ") });
  };
  for (const found of raw.matchAll(CODE)) {
    push(raw.slice(from, found.index));
    from = found.index + found[0].length;
    if (found[2] !== "m") continue;
    for (const code of (found[1] || "0").split(";").map(Number)) {
      if (code === 0) {
        colour = null;
        isBold = false;
      } else if (code === 1) isBold = true;
      else if (code === 22) isBold = false;
      else if (code === 39) colour = null;
      else if (code >= 30 && code <= 37) colour = code - 30;
      else if (code >= 90 && code <= 97) colour = code - 90;
    }
  }
  push(raw.slice(from));
  return pieces;
}
