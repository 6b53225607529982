/** Schedules in Korean, from the expression; what is not known here stays as the server says it. */

import { type Cron, type CronField, readCron } from "../services/cron";

/** Times of a day that are listed one by one. */
const MOST_TIMES = 6;
const KNOWN: Record<string, string> = {
  "Never, external triggers only": "직접 시작할 때만",
  "Only when it is triggered": "직접 시작할 때만",
  "Only when it is triggered; tasks say which partitions they wrote": "직접 시작할 때만 (태스크가 쓴 파티션을 알림)",
  "Once, at the start date": "시작 날짜에 한 번",
  "Again as soon as the last run has ended": "앞 실행이 끝나는 대로 다시",
  "Triggered by assets": "에셋이 갱신될 때",
};
const OR = "Triggered by assets or ";

export function inKorean(schedule: string | null, description: string): string {
  const known = KNOWN[description];
  if (known !== undefined) return known;
  if (description.startsWith(OR)) return `에셋이 갱신될 때 또는 ${inKorean((schedule ?? "").replace(/^Asset or /, ""), description.slice(OR.length))}`;
  const said = (schedule ?? "").split(", ").map((one) => {
    const cron = readCron(one);
    return cron && korean(cron);
  });
  if (said.every((one) => one !== null)) return said.join(" · ");
  return description;
}

const two = (n: number) => String(n).padStart(2, "0");
const WEEKDAYS = ["일", "월", "화", "수", "목", "금", "토"];
const isOnly = (field: CronField, ...wanted: number[]) => field.kind === "values" && field.values.join() === wanted.join();

function korean({ minute, hour, day, month, weekday }: Cron): string | null {
  const time = koreanTime(minute, hour);
  const date = koreanDate(day, month, weekday);
  if (time === null || date === null) return null;
  // "Every day" needs no saying where the clock goes round all day.
  return date === "매일" && hour.kind !== "values" ? time : `${date} ${time}`;
}

function koreanTime(minute: CronField, hour: CronField): string | null {
  const minutes = minute.kind === "values" ? minute.values : null;
  const every = minute.kind === "any" ? "1분마다" : minute.kind === "step" ? `${minute.step}분마다` : null;
  const past = minutes && (isOnly(minute, 0) ? "정각" : `${minutes.join(", ")}분`);
  if (hour.kind === "any") return every ?? `매시 ${past}`;
  if (hour.kind === "step") return every === null ? `${hour.step}시간마다 ${past}` : null;
  const { values: hours } = hour;
  if (every !== null) return `${hours.join(", ")}시에 ${every}`;
  if (minutes === null || hours.length * minutes.length > MOST_TIMES) return minutes && `${hours.join(", ")}시 ${past}`;
  return hours.flatMap((h) => minutes.map((m) => `${two(h)}:${two(m)}`)).join(", ");
}

function koreanDate(day: CronField, month: CronField, weekday: CronField): string | null {
  if (day.kind === "step" || month.kind === "step" || weekday.kind === "step") return null;
  const months = month.kind === "values" ? `${month.values.join(", ")}월` : null;
  const days = day.kind === "values" ? `${day.values.join(", ")}일` : null;
  const weekdays = koreanWeekdays(weekday);
  const ofMonth = days && (months ? `매년 ${months} ${days}` : `매월 ${days}`);
  // Cron runs when either of the two matches.
  if (ofMonth && weekdays) return `${ofMonth} 또는 ${weekdays}`;
  if (ofMonth) return ofMonth;
  if (weekdays) return months ? `${months} ${weekdays}` : weekdays;
  return months ? `${months} 매일` : "매일";
}

function koreanWeekdays(weekday: CronField): string | null {
  if (weekday.kind !== "values") return null;
  if (isOnly(weekday, 1, 2, 3, 4, 5)) return "평일";
  if (isOnly(weekday, 0, 6)) return "주말";
  return `매주 ${weekday.values.map((one) => WEEKDAYS[one]).join(", ")}요일`;
}
