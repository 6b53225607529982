/** How well a name fits what was typed: the beginning best, then the beginnings of words, then anywhere, then letters in order. */

/** 0: not at all; the higher, the better. */
export function fit(name: string, typed: string): number {
  const text = name.toLowerCase();
  const wanted = typed.toLowerCase().trim();
  if (wanted === "") return 1;
  if (text === wanted) return 100;
  if (text.startsWith(wanted)) return 80 - Math.min(20, text.length / 10);
  const words = text.split(/[\s_.\-:/]+/);
  if (words.some((word) => word.startsWith(wanted))) return 50;
  if (words.map((word) => word[0] ?? "").join("").startsWith(wanted)) return 40;
  if (text.includes(wanted)) return 30;
  return wanted.length > 1 && inOrder(text, wanted) ? 5 : 0;
}

function inOrder(text: string, wanted: string): boolean {
  let at = 0;
  for (const letter of wanted) {
    at = text.indexOf(letter, at);
    if (at < 0) return false;
    at += 1;
  }
  return true;
}
