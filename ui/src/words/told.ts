/** Sentences that the page makes from a word of the server and the values that come with it. */

import type { TaskState } from "../services/types";
import { words } from "./index";
import { formatMoment } from "./times";

export type Values = Record<string, string | number | string[]>;

/** The values of one sentence, each as the sentence shows it. */
export class Told {
  constructor(readonly values: Values) {}

  has(name: string): boolean {
    return name in this.values;
  }

  is(name: string, value: unknown): boolean {
    return this.values[name] === value;
  }

  text(name: string): string {
    return String(this.value(name));
  }

  n(name: string): string {
    return Number(this.value(name)).toLocaleString(words.locale);
  }

  at(name: string): string {
    return formatMoment(this.text(name));
  }

  states(name: string): string {
    const states = this.value(name);
    return (Array.isArray(states) ? states : [String(states)]).map((state) => words.taskState[state as TaskState] ?? state).join(", ");
  }

  /** One of some texts, by a value. */
  one(name: string, texts: Record<string, string>): string {
    const text = texts[this.text(name)];
    if (text === undefined) throw new UnknownSentence(name);
    return text;
  }

  protected value(name: string): string | number | string[] {
    const value = this.values[name];
    if (value === undefined) throw new UnknownSentence(name);
    return value;
  }
}

/** The server tells something with values that this page does not know. */
class UnknownSentence extends Error {}

/** The sentence for a code; that of the server, in English, when the page does not know it. */
export function tell<T extends Told>(sentences: Record<string, (told: T) => string>, code: string | undefined, told: T, fallback: string): string {
  try {
    return (code !== undefined ? sentences[code]?.(told) : undefined) ?? fallback;
  } catch (error) {
    if (error instanceof UnknownSentence) return fallback;
    throw error;
  }
}
