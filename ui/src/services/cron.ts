/** Reading cron expressions of five fields, for their words. What this does not know is null, never a guess. */

/** Values of a field; `step` when it is "every so many" from the beginning. */
export type CronField = { kind: "any" } | { kind: "step"; step: number } | { kind: "values"; values: number[] };
export type Cron = { minute: CronField; hour: CronField; day: CronField; month: CronField; weekday: CronField };

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

export function readCron(expression: string): Cron | null {
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== 5) return null;
  const [minute, hour, day, month, weekday] = [field(parts[0], 0, 59), field(parts[1], 0, 23), field(parts[2], 1, 31), field(parts[3], 1, 12, MONTHS, 1), field(parts[4], 0, 7, DAYS)];
  if (!minute || !hour || !day || !month || !weekday) return null;
  // Sunday is 0 and 7.
  if (weekday.kind === "values") weekday.values = [...new Set(weekday.values.map((one) => one % 7))].toSorted((a, b) => a - b);
  return { minute, hour, day, month, weekday };
}

function field(text = "", least: number, most: number, names: string[] = [], firstName = 0): CronField | null {
  if (text === "*" || text === "?" || text === "*/1") return { kind: "any" };
  const every = /^\*\/(\d+)$/.exec(text);
  if (every) return { kind: "step", step: Number(every[1]) };
  const number = (word: string) => {
    const name = names.indexOf(word.toUpperCase());
    return name >= 0 ? name + firstName : /^\d+$/.test(word) ? Number(word) : NaN;
  };
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [range = "", step = "1"] = part.split("/");
    const [from = "", to = part.includes("/") ? String(most) : from] = range.split("-");
    const [begin, end, by] = [number(from), number(to), Number(step)];
    if (![begin, end, by].every(Number.isInteger) || begin < least || end > most || end < begin || by < 1) return null;
    for (let value = begin; value <= end; value += by) values.add(value);
  }
  return { kind: "values", values: [...values].toSorted((a, b) => a - b) };
}
