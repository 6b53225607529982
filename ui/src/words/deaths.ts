/** What a try died of, as a sentence: made from the word of the engine and the values that come with it. */

import type { Cause } from "../services/types";
import { words } from "./index";
import { inLanguage } from "./language";
import { tell, Told } from "./told";

type Sentences = Record<string, (told: Told) => string>;

/** What some signals mean to the author of a task. */
const meaning: Partial<Record<string, string>> = {
  SIGSEGV: "a memory error in a C library",
  SIGBUS: "a memory error in a C library",
  SIGABRT: "a C library gave up",
  SIGILL: "a C library was built for another processor",
  SIGFPE: "an arithmetic error in a C library",
  SIGPIPE: "it wrote to a closed pipe",
  SIGXCPU: "its limit of processor time was reached",
};
const meaningKo: typeof meaning = {
  SIGSEGV: "C 라이브러리의 메모리 오류",
  SIGBUS: "C 라이브러리의 메모리 오류",
  SIGABRT: "C 라이브러리가 중단함",
  SIGILL: "다른 프로세서용으로 만든 C 라이브러리",
  SIGFPE: "C 라이브러리의 산술 오류",
  SIGPIPE: "닫힌 파이프에 씀",
  SIGXCPU: "프로세서 시간 한도에 도달함",
};

const used = (it: Told, text: (mib: string) => string) => (it.has("mib") ? ` ${text(it.n("mib"))}` : "");
const usedUpTo = (mib: string) => `It had used up to ${mib} MiB.`;
const usedUpToKo = (mib: string) => `최대 ${mib} MiB를 사용했습니다.`;

const en: Sentences = {
  vanished: () => "Its process disappeared, and nobody saw how it ended.",
  unwatched: () => "Its process ended while no engine was watching.",
  unstarted: () => "Its process ended before it was given the task.",
  ended_early: () => "Its process ended by itself (os._exit or exec) before the task returned a result.",
  exit_code: (it) => `Its process ended with exit code ${it.text("exit_code")} before the task returned a result.`,
  out_of_memory: (it) => `Out of memory: the kernel ended its process (SIGKILL).${used(it, usedUpTo)}`,
  killed: (it) => `Ended by SIGKILL, which Ostro did not send: out of memory, or somebody else.${used(it, usedUpTo)}`,
  killed_by_others: (it) => `Ended by SIGKILL, which neither Ostro nor the kernel’s memory limit sent.${used(it, usedUpTo)}`,
  signal: (it) => `Ended by ${it.text("signal_name")}${meaning[it.text("signal_name")] ? `: ${meaning[it.text("signal_name")]}` : ""}.`,
  execution_timeout: (it) => `The task ran longer than its execution_timeout of ${it.text("seconds")} s and did not end itself.`,
  run_timeout: () => "The run lasted longer than its dagrun_timeout.",
  fail_fast: () => "Another task of the run failed (fail_fast).",
  marked: () => "The task instance was marked or removed by a person.",
  cleared: () => "The task instance was cleared by a person and runs again.",
  overtaken: () => "The task instance was cleared, marked or taken over while it ran.",
  file_unimportable: (it) => `The DAG file cannot be imported: ${it.text("error")}`,
  file_missing: (it) => `${it.is("is_broken", 1) ? "The DAG file cannot be imported" : "No file holds the DAG"} since ${it.at("since")}, longer than [scheduler] missing_file_timeout (${it.text("hours")} h).`,
  run_unmanageable: (it) => `The engine cannot handle this run: ${it.text("error")}`,
};

const ko: Sentences = {
  vanished: () => "프로세스가 사라졌고 어떻게 끝났는지 알 수 없습니다.",
  unwatched: () => "지켜보는 엔진이 없는 동안 프로세스가 끝났습니다.",
  unstarted: () => "태스크를 받기 전에 프로세스가 끝났습니다.",
  ended_early: () => "태스크가 결과를 돌려주기 전에 프로세스가 스스로 끝났습니다 (os._exit 또는 exec).",
  exit_code: (it) => `태스크가 결과를 돌려주기 전에 프로세스가 종료 코드 ${it.text("exit_code")}(으)로 끝났습니다.`,
  out_of_memory: (it) => `메모리가 부족하여 커널이 프로세스를 종료했습니다 (SIGKILL).${used(it, usedUpToKo)}`,
  killed: (it) => `Ostro가 보내지 않은 SIGKILL로 종료되었습니다. 메모리가 부족했거나 다른 누군가가 보냈습니다.${used(it, usedUpToKo)}`,
  killed_by_others: (it) => `Ostro도 커널의 메모리 한도도 보내지 않은 SIGKILL로 종료되었습니다.${used(it, usedUpToKo)}`,
  signal: (it) => `${it.text("signal_name")}(으)로 종료되었습니다${meaningKo[it.text("signal_name")] ? `: ${meaningKo[it.text("signal_name")]}` : ""}.`,
  execution_timeout: (it) => `태스크가 execution_timeout ${it.text("seconds")}초보다 오래 실행되고 스스로 끝나지 않았습니다.`,
  run_timeout: () => "실행이 dagrun_timeout보다 오래 걸렸습니다.",
  fail_fast: () => "이 실행의 다른 태스크가 실패했습니다 (fail_fast).",
  marked: () => "사람이 태스크 인스턴스를 표시했거나 제거했습니다.",
  cleared: () => "사람이 태스크 인스턴스를 초기화하여 다시 실행됩니다.",
  overtaken: () => "실행 중에 태스크 인스턴스가 초기화 또는 표시되었거나 다른 엔진이 넘겨받았습니다.",
  file_unimportable: (it) => `DAG 파일을 가져올 수 없습니다: ${it.text("error")}`,
  file_missing: (it) => `${it.at("since")}부터 ${it.is("is_broken", 1) ? "DAG 파일을 가져올 수 없습니다" : "DAG이 있는 파일이 없습니다"}. [scheduler] missing_file_timeout(${it.text("hours")}시간)보다 오래되었습니다.`,
  run_unmanageable: (it) => `엔진이 이 실행을 다룰 수 없습니다: ${it.text("error")}`,
};

const sentences = inLanguage({ en, ko });

/** What a try died of; what user code raised is told as it was raised. */
export const deathText = (cause: Cause): string => tell(sentences, cause.code, new Told(cause.values ?? {}), cause.text);

/** What kind of death it was, in a word. */
export const deathKind = (cause: Cause): string => words.causeKind[cause.kind] ?? cause.kind;
