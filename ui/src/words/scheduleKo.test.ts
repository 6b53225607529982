import { expect, test } from "vitest";

import { inKorean } from "./scheduleKo";

test.each([
  ["0 6 * * *", "매일 06:00"],
  ["*/15 * * * *", "15분마다"],
  ["* * * * *", "1분마다"],
  ["0 * * * *", "매시 정각"],
  ["5,35 * * * *", "매시 5, 35분"],
  ["0 */4 * * *", "4시간마다 정각"],
  ["0 9,17 * * MON", "매주 월요일 09:00, 17:00"],
  ["0 0 * * 1-5", "평일 00:00"],
  ["0 0 * * 6,7", "주말 00:00"],
  ["30 8 1,15 * *", "매월 1, 15일 08:30"],
  ["5 4 1 JAN *", "매년 1월 1일 04:05"],
  ["0 0 13 * 5", "매월 13일 또는 매주 금요일 00:00"],
  ["*/10 9-11 * * *", "매일 9, 10, 11시에 10분마다"],
  ["0 9-17 * * 1-5", "평일 9, 10, 11, 12, 13, 14, 15, 16, 17시 정각"],
  ["0 0 * * *, 0 12 * * *", "매일 00:00 · 매일 12:00"],
])("%s", (cron, said) => expect(inKorean(cron, "in English")).toBe(said));

test.each([
  ["Asset", "Triggered by assets", "에셋이 갱신될 때"],
  ["Asset or 0 6 * * *", "Triggered by assets or At 06:00", "에셋이 갱신될 때 또는 매일 06:00"],
  ["None", "Only when it is triggered", "직접 시작할 때만"],
])("%s", (schedule, description, said) => expect(inKorean(schedule, description)).toBe(said));

test.each(["0 6 * * MON#1", "0 0 L * *", "1 2 3", "61 * * * *", "0 0 */2 * *"])("%s is not guessed", (cron) => expect(inKorean(cron, "as it is")).toBe("as it is"));
