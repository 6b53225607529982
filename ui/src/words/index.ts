import { en, type Words } from "./en";
import { ko } from "./ko";
import { language } from "./language";

/** The texts in the language of this browser. */
export const words: Words = language() === "ko" ? ko : en;
export type { Words };
