/** Texts of lists: filters, saved views, columns, marks of rows. */

import { inLanguage } from "./language";

const number = (n: number) => n.toLocaleString("en");
const count = (n: number, one: string, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

const en = {
  owners: "Owner",
  bundles: "Bundle",
  more: "More filters",
  none: "Nothing to choose from.",
  tagsAll: "With all chosen tags",
  favorite: "Favourites",
  assetScheduled: "Scheduled on assets",
  withErrors: "With import errors",
  pending: "Waiting for a person",
  counts: "All runs",
  countOf: (n: number, state: string) => `${count(n, "run")}: ${state.toLowerCase()}`,
  star: (name: string) => `Make ${name} a favourite`,
  unstar: (name: string) => `${name} is a favourite`,
  bars: (n: number, failed: number) => `${count(n, "last run")}, ${number(failed)} failed`,
  questions: (n: number) => `${count(n, "question")} to people`,
  views: "Views",
  noViews: "No saved views yet.",
  saveView: "Save these filters …",
  saveTitle: "Save this view",
  viewName: "Name",
  save: "Save",
  deleteView: (name: string) => `Delete the view ${name}`,
  deleteViews: "Delete a view",
  state: "State",
  rows: "List",
  keys: "j and k go through the rows, Enter opens one",
  remove: (text: string) => `Remove the filter ${text}`,
};

const ko: typeof en = {
  owners: "소유자",
  bundles: "번들",
  more: "추가 필터",
  none: "선택할 것이 없습니다.",
  tagsAll: "선택한 태그를 모두 가진 것",
  favorite: "즐겨찾기",
  assetScheduled: "에셋 일정",
  withErrors: "가져오기 오류 있음",
  pending: "사람을 기다림",
  counts: "전체 실행",
  countOf: (n, state) => `실행 ${number(n)}개: ${state}`,
  star: (name) => `${name}을(를) 즐겨찾기에 추가`,
  unstar: (name) => `${name}은(는) 즐겨찾기입니다`,
  bars: (n, failed) => `최근 실행 ${number(n)}개, 실패 ${number(failed)}개`,
  questions: (n) => `사람에게 묻는 질문 ${number(n)}개`,
  views: "보기",
  noViews: "저장된 보기가 없습니다.",
  saveView: "이 필터 저장 …",
  saveTitle: "이 보기 저장",
  viewName: "이름",
  save: "저장",
  deleteView: (name) => `${name} 보기 삭제`,
  deleteViews: "보기 삭제",
  state: "상태",
  rows: "목록",
  keys: "j와 k로 행을 이동하고 Enter로 엽니다",
  remove: (text) => `${text} 필터 제거`,
};

export const lists = inLanguage({ en, ko });
