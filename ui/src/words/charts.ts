/** Texts of charts. */

import { inLanguage } from "./language";

const en = {
  asTable: "As a table",
  time: "Time",
  none: "nothing",
  total: "All",
  median: "Median",
  p95: "95 %",
};

const ko: typeof en = {
  asTable: "표로 보기",
  time: "시각",
  none: "없음",
  total: "전체",
  median: "중앙값",
  p95: "95 %",
};

export const charts = inLanguage({ en, ko });
