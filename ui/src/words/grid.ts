/** Texts of the grid beyond those in the words of a DAG. */

import { inLanguage } from "./language";

const en = {
  user: "Triggered by",
  since: "From",
  until: "Until",
  limit: "Runs at once",
  limits: (n: number) => `${n} runs`,
  more: "More filters",
  fewer: "Fewer filters",
  bars: "Durations",
  barsTip: "The bars on top are as high as the runs took long",
  clear: "Clear filters",
  streamOf: (task: string) => `Only what is before or after ${task}`,
  stream: (task: string) => `Before and after ${task}`,
  sides: { up: "Upstream", down: "Downstream", both: "Both" },
  depth: "Steps",
  anyDepth: "All steps",
  steps: (n: number) => (n === 1 ? "1 step" : `${n} steps`),
  allTasks: "Show all tasks",
  newVersion: (n: number) => `first run of version ${n}`,
  keys: {
    expand: "Expand or collapse all groups",
    graph: "Grid or graph",
    failures: "Next or previous failure",
    runs: "Older or newer run",
    stream: "Only what is before or after the task",
  },
};

const ko: typeof en = {
  user: "실행한 사람",
  since: "부터",
  until: "까지",
  limit: "한 번에 볼 실행",
  limits: (n) => `실행 ${n}개`,
  more: "필터 더 보기",
  fewer: "필터 접기",
  bars: "소요 시간",
  barsTip: "위쪽 막대의 높이는 실행이 걸린 시간입니다",
  clear: "필터 지우기",
  streamOf: (task) => `${task}의 앞뒤만 보기`,
  stream: (task) => `${task}의 앞뒤`,
  sides: { up: "업스트림", down: "다운스트림", both: "양쪽" },
  depth: "단계",
  anyDepth: "모든 단계",
  steps: (n) => `${n}단계`,
  allTasks: "모든 태스크 보기",
  newVersion: (n) => `버전 ${n}의 첫 실행`,
  keys: {
    expand: "모든 그룹 펼치기 또는 접기",
    graph: "그리드 또는 그래프",
    failures: "다음 또는 이전 실패",
    runs: "이전 또는 이후 실행",
    stream: "태스크의 앞뒤만 보기",
  },
};

export const gridWords = inLanguage({ en, ko });
