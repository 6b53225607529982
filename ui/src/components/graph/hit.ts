/** Which box is under a point: boxes by the squares that they touch. The innermost box wins. */

import type { Box } from "./place";

const SQUARE = 512;

export class HitIndex {
  private squares = new Map<string, number[]>();

  constructor(private boxes: Box[]) {
    boxes.forEach((box, i) => {
      for (let x = Math.floor(box.x / SQUARE); x <= Math.floor((box.x + box.w) / SQUARE); x++)
        for (let y = Math.floor(box.y / SQUARE); y <= Math.floor((box.y + box.h) / SQUARE); y++) {
          const key = `${x}:${y}`;
          const square = this.squares.get(key);
          if (square) square.push(i);
          else this.squares.set(key, [i]);
        }
    });
  }

  /** Number of the box, -1 = none. */
  at(x: number, y: number): number {
    let found = -1;
    for (const i of this.squares.get(`${Math.floor(x / SQUARE)}:${Math.floor(y / SQUARE)}`) ?? []) {
      const box = this.boxes[i];
      if (!box || x < box.x || y < box.y || x > box.x + box.w || y > box.y + box.h) continue;
      if (found < 0 || box.depth >= (this.boxes[found]?.depth ?? 0)) found = i;
    }
    return found;
  }
}
