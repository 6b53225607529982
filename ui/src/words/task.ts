/** Texts of the page of a task instance that change things or tell of people. */

import { inLanguage } from "./language";

const en = {
  history: "History",
  links: "Links",
  addXCom: "Add an XCom",
  editXCom: "Edit",
  removeXCom: "Delete",
  removeXComText: (key: string) => `The XCom “${key}” is removed for ever.`,
  key: "Key",
  value: "Value (JSON)",
  notJson: "This is no valid JSON. A text stands in quotes.",
  save: "Save",
  waited: (time: string) => `waited ${time}`,
};
const ko: typeof en = {
  history: "기록",
  links: "링크",
  addXCom: "XCom 추가",
  editXCom: "고치기",
  removeXCom: "삭제",
  removeXComText: (key) => `XCom “${key}”이(가) 영구히 삭제됩니다.`,
  key: "키",
  value: "값 (JSON)",
  notJson: "올바른 JSON이 아닙니다. 글은 따옴표로 묶습니다.",
  save: "저장",
  waited: (time) => `${time} 기다림`,
};

export const taskWords = inLanguage({ en, ko });
