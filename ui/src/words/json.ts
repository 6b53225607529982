/** Texts of JSON as a tree. */

import { inLanguage } from "./language";

const en = {
  items: (n: number) => (n === 1 ? "[1 item]" : `[${n.toLocaleString("en")} items]`),
  fields: (n: number) => (n === 1 ? "{1 field}" : `{${n.toLocaleString("en")} fields}`),
  more: (n: number) => `${n.toLocaleString("en")} more`,
};
const ko: typeof en = {
  items: (n) => `[${n.toLocaleString("ko")}개]`,
  fields: (n) => `{필드 ${n.toLocaleString("ko")}개}`,
  more: (n) => `${n.toLocaleString("ko")}개 더 보기`,
};

export const jsonWords = inLanguage({ en, ko });
