/** Lines that an address names: `#L12` or `#L12-L20`. Pure. */

export type LineRange = { from: number; to: number };

export function readHash(hash: string): LineRange | null {
  const found = /^#?L(\d{1,15})(?:-L?(\d{1,15}))?$/.exec(hash);
  if (!found) return null;
  const from = Number(found[1]);
  const to = Number(found[2] ?? from);
  return from > 0 && to > 0 ? { from: Math.min(from, to), to: Math.max(from, to) } : null;
}

export const writeHash = ({ from, to }: LineRange): string => (from === to ? `L${from}` : `L${from}-L${to}`);
