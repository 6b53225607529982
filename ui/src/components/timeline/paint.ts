/** Canvases in the colours of the page. */

export type Ink = (name: string) => string;

/** A canvas of this size, sharp on fine screens, and the page's colours by the names of their variables. */
export function brushOf(canvas: HTMLCanvasElement, width: number, height: number): [CanvasRenderingContext2D, Ink] | null {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  const kept = new Map<string, string>();
  const ink = (name: string) => {
    let found = kept.get(name);
    if (found === undefined) kept.set(name, (found = style.getPropertyValue(`--${name}`).trim()));
    return found;
  };
  context.font = `11px ${ink("sans")}`;
  context.textBaseline = "middle";
  return [context, ink];
}

/** Minutes between two round moments: from a second to four weeks. */
const STEPS = [1 / 60, 1 / 12, 1 / 4, 1 / 2, 1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 4320, 7200, 14_400, 20_160, 40_320];

/** Round moments of a stretch: milliseconds after its beginning, every `gap` pixels at least. */
export function timeTicks(since: number, span: number, width: number, offsetMinutes: number, gap = 96): number[] {
  const minutes = STEPS.find((one) => ((one * 60_000) / span) * width >= gap) ?? STEPS.at(-1) ?? 1;
  const step = minutes * 60_000;
  const shift = offsetMinutes * 60_000;
  const ticks: number[] = [];
  for (let at = Math.ceil((since + shift) / step) * step - shift; at < since + span; at += step) ticks.push(at - since);
  return ticks;
}
