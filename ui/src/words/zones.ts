/** Texts about the time zone. */

import { inLanguage } from "./language";

const en = {
  menu: (zone: string) => `Time zone: ${zone}`,
  title: "Time zone",
  local: (zone: string) => `This browser (${zone})`,
  installation: (zone: string) => `This installation (${zone})`,
  other: "Another zone …",
  name: "Name of the zone, as in Asia/Seoul",
  unknown: "There is no zone of this name.",
  choose: "Show times in this zone",
  entered: (zone: string) => `Times are of ${zone}.`,
};

const ko: typeof en = {
  menu: (zone) => `시간대: ${zone}`,
  title: "시간대",
  local: (zone) => `이 브라우저 (${zone})`,
  installation: (zone) => `이 설치 (${zone})`,
  other: "다른 시간대 …",
  name: "시간대 이름 (예: Asia/Seoul)",
  unknown: "그런 이름의 시간대가 없습니다.",
  choose: "이 시간대로 표시",
  entered: (zone) => `시각은 ${zone} 기준입니다.`,
};

export const zones = inLanguage({ en, ko });
