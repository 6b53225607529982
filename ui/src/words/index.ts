import { en, type Words } from "./en";
import { ko } from "./ko";
import { inLanguage } from "./language";

/** The texts in the language of this browser. */
export const words: Words = inLanguage<Words>({ en, ko });
export type { Words };
