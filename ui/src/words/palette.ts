/** Texts of the command palette. */

import { inLanguage } from "./language";

const en = {
  title: "Search and commands",
  jump: "Search or run …",
  placeholder: "A DAG, task, run, page or action …",
  nothing: "Nothing found.",
  hint: "Type to search; arrows to choose; Enter to go.",
  searching: "Searching …",
  list: "Results",
  kinds: { dag: "DAG", task: "Task", run: "Run", place: "Page", action: "Action" },
  trigger: (name: string) => `Trigger ${name}`,
  pause: (name: string) => `Pause ${name}`,
  unpause: (name: string) => `Switch ${name} on`,
  clearRun: (run: string) => `Clear the run ${run}`,
  markRun: (run: string, state: string) => `Mark the run ${run} as ${state.toLowerCase()}`,
  deleteRun: (run: string) => `Delete the run ${run}`,
  of: (view: string, dag: string) => `${view} of ${dag}`,
  runsWith: (text: string) => `Runs with “${text}”`,
  tasksWith: (text: string) => `Task instances with “${text}”`,
  theme: (name: string) => `Theme: ${name}`,
  density: (name: string) => `Density: ${name}`,
  paused: (name: string) => `${name} is paused.`,
  unpaused: (name: string) => `${name} is switched on.`,
};

const ko: typeof en = {
  title: "검색과 명령",
  jump: "검색 또는 명령 …",
  placeholder: "DAG, 태스크, 실행, 화면 또는 작업 …",
  nothing: "찾은 것이 없습니다.",
  hint: "입력해서 찾고, 화살표로 고르고, Enter로 이동합니다.",
  searching: "찾는 중 …",
  list: "결과",
  kinds: { dag: "DAG", task: "태스크", run: "실행", place: "화면", action: "작업" },
  trigger: (name) => `${name} 실행 시작`,
  pause: (name) => `${name} 일시 중지`,
  unpause: (name) => `${name} 켜기`,
  clearRun: (run) => `실행 ${run} 초기화`,
  markRun: (run, state) => `실행 ${run}을(를) ${state}(으)로 표시`,
  deleteRun: (run) => `실행 ${run} 삭제`,
  of: (view, dag) => `${dag}의 ${view}`,
  runsWith: (text) => `“${text}”이(가) 들어간 실행`,
  tasksWith: (text) => `“${text}”이(가) 들어간 태스크 인스턴스`,
  theme: (name) => `테마: ${name}`,
  density: (name) => `밀도: ${name}`,
  paused: (name) => `${name}을(를) 일시 중지했습니다.`,
  unpaused: (name) => `${name}을(를) 켰습니다.`,
};

export const palette = inLanguage({ en, ko });
