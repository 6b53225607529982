/** Texts of the log that search, filters and tries side by side need. */

import { inLanguage } from "./language";

const number = (n: number) => n.toLocaleString("en");
const numberKo = (n: number) => n.toLocaleString("ko");

const en = {
  hits: (at: number, n: number, more: boolean, running: boolean) =>
    n === 0 ? (running ? "Searching …" : "No hits") : `${number(at)} of ${number(n)}${more ? "+" : running ? " …" : ""}`,
  case: "Upper and lower case as written",
  pattern: "Regular expression",
  source: "Sources",
  allSources: "All sources",
  lines: (n: number) => `${number(n)} ${n === 1 ? "line" : "lines"}`,
  level: (n: number, level: "error" | "warning") => `${number(n)} ${level}${n === 1 ? "" : "s"}`,
  percent: (n: number) => `down to ${n} %`,
  start: "To the start",
  end: "To the end",
  loading: "Reading more lines …",
  beside: "Side by side",
  alone: "One try",
  fold: "Fold",
  unfold: "Unfold",
  link: "Link to this line",
  died: "What it died of",
};
const ko: typeof en = {
  hits: (at, n, more, running) => (n === 0 ? (running ? "찾는 중 …" : "결과 없음") : `${numberKo(n)}${more ? "+" : running ? " …" : ""}개 중 ${numberKo(at)}번째`),
  case: "대소문자 구분",
  pattern: "정규식",
  source: "출처",
  allSources: "모든 출처",
  lines: (n) => `${numberKo(n)}줄`,
  level: (n, level) => `${level === "error" ? "오류" : "경고"} ${numberKo(n)}개`,
  percent: (n) => `${n} % 지점까지`,
  start: "처음으로",
  end: "끝으로",
  loading: "더 읽는 중 …",
  beside: "나란히 보기",
  alone: "하나만 보기",
  fold: "접기",
  unfold: "펼치기",
  link: "이 줄의 주소",
  died: "종료 원인",
};

export const logWords = inLanguage({ en, ko });
