/** Names of the places that one can go to. */

import { inLanguage } from "./language";

const en = {
  main: "Main places",
  views: "Views of this DAG",
  home: "Home",
  admin: "Admin",
  more: "More",
  account: "Account",
  dags: "DAGs",
  runs: "Runs",
  tasks: "Tasks",
  timeline: "Timeline",
  overview: "Overview",
  durations: "Durations",
  calendar: "Calendar",
  grid: "Grid",
  graph: "Graph",
  gantt: "Gantt",
  assets: "Assets",
  approvals: "Approvals",
  backfills: "Backfills",
  code: "Code",
};

const ko: typeof en = {
  main: "주요 메뉴",
  views: "이 DAG의 보기",
  home: "홈",
  admin: "관리",
  more: "더 보기",
  account: "내 계정",
  dags: "DAG",
  runs: "실행",
  tasks: "태스크",
  timeline: "타임라인",
  overview: "개요",
  durations: "소요 시간",
  calendar: "캘린더",
  grid: "그리드",
  graph: "그래프",
  gantt: "간트",
  assets: "에셋",
  approvals: "승인",
  backfills: "백필",
  code: "코드",
};

export const places = inLanguage({ en, ko });
