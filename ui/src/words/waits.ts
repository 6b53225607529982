/** What holds a task instance, as sentences: made from the word of the engine and the values that come with it. */

import type { Waiting } from "../services/types";
import { words } from "./index";
import { inLanguage } from "./language";
import { tell, Told } from "./told";

/** So many tasks are named before "and n more". */
const NAMED = 5;

class Held extends Told {
  constructor(private readonly waiting: Waiting) {
    super(waiting.values);
  }

  /** What is not finished yet, the first few of it. */
  names(more: (n: string) => string): string {
    const named = this.waiting.about.slice(0, NAMED).map(({ task_id, map_index }) => `“${task_id}${map_index < 0 ? "" : `[${map_index}]`}”`);
    const left = Number(this.value("open")) - named.length;
    return named.join(", ") + (left > 0 ? ` ${more(left.toLocaleString(words.locale))}` : "");
  }
}

type Sentences = Record<string, (told: Held) => string>;

const wanted = {
  all_success: "all upstream tasks succeeded",
  all_failed: "all upstream tasks failed",
  all_done: "all upstream tasks are finished",
  all_done_min_one_success: "all upstream tasks are finished, one of them well",
  all_done_setup_success: "all upstream tasks are finished and a setup succeeded",
  all_skipped: "all upstream tasks were skipped",
  always: "the run has started",
  none_failed: "all upstream tasks succeeded or were skipped",
  none_failed_min_one_success: "all upstream tasks succeeded or were skipped, one at least succeeded",
  none_skipped: "all upstream tasks are finished and none was skipped",
  one_done: "one upstream task succeeded or failed",
  one_failed: "one upstream task failed",
  one_success: "one upstream task succeeded",
};
const wantedKo: typeof wanted = {
  all_success: "모든 업스트림 태스크가 성공",
  all_failed: "모든 업스트림 태스크가 실패",
  all_done: "모든 업스트림 태스크가 종료",
  all_done_min_one_success: "모든 업스트림 태스크가 종료되고 하나 이상 성공",
  all_done_setup_success: "모든 업스트림 태스크가 종료되고 설정 태스크가 성공",
  all_skipped: "모든 업스트림 태스크가 건너뛰어짐",
  always: "실행이 시작됨",
  none_failed: "모든 업스트림 태스크가 성공하거나 건너뛰어짐",
  none_failed_min_one_success: "모든 업스트림 태스크가 성공하거나 건너뛰어지고 하나 이상 성공",
  none_skipped: "모든 업스트림 태스크가 종료되고 건너뛴 것이 없음",
  one_done: "업스트림 태스크 하나가 성공 또는 실패",
  one_failed: "업스트림 태스크 하나가 실패",
  one_success: "업스트림 태스크 하나가 성공",
};

const PATIENCE = "[scheduler] missing_file_timeout";

const en: Sentences = {
  dag_paused: (it) => `The DAG “${it.text("dag")}” is paused.`,
  dag_gone: (it) => `No file holds the DAG “${it.text("dag")}” any more. Its tasks start when one does, and fail when that takes longer than ${PATIENCE}.`,
  import_errors: (it) => `The file of the DAG “${it.text("dag")}” cannot be imported. Its tasks start when it can, and fail when that takes longer than ${PATIENCE}.`,
  no_engine: (it) => `No engine runs. One gave its last sign of life at ${it.at("last")}.`,
  engines_drain: () => "All engines drain, so no task starts. A drain ends on the page Workers, or with “ostro jobs resume”.",
  run_after: (it) => `The run starts at ${it.at("at")}.`,
  run_queued: () => "The run itself has not started.",
  run_finished: (it) => `The run has ended: ${it.one("state", words.runState)}.`,
  max_active_runs: (it) => `Runs of the DAG that are active: ${it.n("active")}. Its max_active_runs is ${it.n("limit")}.`,
  backfill_paused: (it) => `Backfill ${it.text("backfill")} is paused.`,
  backfill_limit: (it) => `Runs of backfill ${it.text("backfill")} at a time: ${it.n("limit")}.`,
  setup: (it) => `Waits for the setup ${it.names((n) => `and ${n} more`)}.`,
  trigger_rule: (it) => `Waits until ${it.one("rule", wanted)} (trigger rule ${it.text("rule")}). Finished: ${it.n("done")} of ${it.n("total")}, not yet ${it.names((n) => `and ${n} more`)}.`,
  mapping: (it) => `Waits for what it maps over: ${it.names((n) => `and ${n} more`)}.`,
  teardown: (it) => `Waits for the work before it: ${it.names((n) => `and ${n} more`)}.`,
  past: (it) => {
    if (it.has("states")) return `Depends on the past: in the previous run “${it.text("run")}” the task is ${it.states("states")}.`;
    if (it.has("downstream")) return `Waits for downstream: in the previous run “${it.text("run")}” a task after this one is ${it.states("downstream")}.`;
    return `The previous run “${it.text("run")}” has no instance of this task.`;
  },
  pool_missing: (it) => `There is no pool “${it.text("pool")}”. The task starts when someone makes it.`,
  pool_too_small: (it) => `The task needs ${it.n("wanted")} slots of the pool “${it.text("pool")}”, which has ${it.n("slots")} in all.`,
  pool_full: (it) => `Slots of the pool “${it.text("pool")}” that are taken: ${it.n("taken")} of ${it.n("slots")}.` + (it.is("wanted", 1) ? "" : ` The task needs ${it.n("wanted")}.`),
  parallelism: (it) => `The engine runs ${it.n("active")} tasks, and [core] parallelism allows ${it.n("limit")}.`,
  max_active_tasks: (it) => `Tasks of the ${it.is("of", "DAG") ? "DAG" : "run"} that run: ${it.n("active")}, and max_active_tasks allows ${it.n("limit")}.`,
  max_active_tis_per_dag: (it) => `Instances of the task that are active in all runs: ${it.n("active")}. Allowed: ${it.n("limit")}.`,
  max_active_tis_per_dagrun: (it) => `Instances of the task that are active in this run: ${it.n("active")}. Allowed: ${it.n("limit")}.`,
  retry: (it) => (it.has("at") ? `Try ${it.n("try")} of ${it.n("tries")} failed. The next starts at ${it.at("at")}.` : "Its time has come: it starts at the next step of the scheduler."),
  reschedule: (it) => (it.has("at") ? `It looks again at ${it.at("at")}.` : "Its time has come: it starts at the next step of the scheduler."),
  deferred: (it) => {
    if (!it.has("trigger")) return "Its trigger has ended: it goes on at the next step of the scheduler.";
    return `Its trigger ${it.text("trigger")} has not fired yet.` + (it.has("until") ? ` The task fails when that takes until ${it.at("until")}.` : "");
  },
  trigger_queue: (it) => `Its trigger is run by an engine that serves the trigger queue “${it.text("queue")}” ([triggerer] queues).`,
  awaiting_input: () => "A person has not answered yet.",
  scheduled: () => "It is ready and waits for a free slot.",
  queued: () => "It was handed to the executor and has not started yet.",
  ready: () => "It starts at the next step of the scheduler.",
  removed: () => "The task, or this map index, is not part of the DAG any more.",
};

const ko: Sentences = {
  dag_paused: (it) => `DAG “${it.text("dag")}”이(가) 일시 중지되어 있습니다.`,
  dag_gone: (it) => `DAG “${it.text("dag")}”이(가) 있는 파일이 없습니다. 파일이 다시 생기면 태스크가 시작되고, ${PATIENCE}보다 오래 걸리면 실패합니다.`,
  import_errors: (it) => `DAG “${it.text("dag")}”의 파일을 가져올 수 없습니다. 가져올 수 있게 되면 태스크가 시작되고, ${PATIENCE}보다 오래 걸리면 실패합니다.`,
  no_engine: (it) => `실행 중인 엔진이 없습니다. 마지막 신호: ${it.at("last")}.`,
  engines_drain: () => "모든 엔진이 드레인 중이라 태스크가 시작되지 않습니다. 워커 화면이나 “ostro jobs resume”으로 드레인을 끝낼 수 있습니다.",
  run_after: (it) => `실행이 ${it.at("at")}에 시작됩니다.`,
  run_queued: () => "실행 자체가 아직 시작되지 않았습니다.",
  run_finished: (it) => `실행이 끝났습니다: ${it.one("state", words.runState)}.`,
  max_active_runs: (it) => `이 DAG의 실행 ${it.n("active")}개가 진행 중이고 max_active_runs는 ${it.n("limit")}입니다.`,
  backfill_paused: (it) => `백필 ${it.text("backfill")}이(가) 일시 중지되어 있습니다.`,
  backfill_limit: (it) => `백필 ${it.text("backfill")}은(는) 한 번에 ${it.n("limit")}개씩 실행합니다.`,
  setup: (it) => `설정 태스크를 기다립니다: ${it.names((n) => `외 ${n}개`)}.`,
  trigger_rule: (it) => `조건을 기다립니다: ${it.one("rule", wantedKo)} (트리거 규칙 ${it.text("rule")}). ${it.n("total")}개 중 ${it.n("done")}개가 끝났고, 남은 것: ${it.names((n) => `외 ${n}개`)}.`,
  mapping: (it) => `매핑할 값을 만드는 태스크를 기다립니다: ${it.names((n) => `외 ${n}개`)}.`,
  teardown: (it) => `앞선 작업을 기다립니다: ${it.names((n) => `외 ${n}개`)}.`,
  past: (it) => {
    if (it.has("states")) return `이전 실행에 따라 달라집니다: 이전 실행 “${it.text("run")}”에서 이 태스크의 상태는 ${it.states("states")}입니다.`;
    if (it.has("downstream")) return `이전 실행의 다운스트림을 기다립니다: 이전 실행 “${it.text("run")}”에서 이 태스크 다음 태스크의 상태는 ${it.states("downstream")}입니다.`;
    return `이전 실행 “${it.text("run")}”에 이 태스크의 인스턴스가 없습니다.`;
  },
  pool_missing: (it) => `풀 “${it.text("pool")}”이(가) 없습니다. 누군가 만들면 태스크가 시작됩니다.`,
  pool_too_small: (it) => `태스크에는 풀 “${it.text("pool")}”의 슬롯 ${it.n("wanted")}개가 필요한데, 풀의 크기는 ${it.n("slots")}개입니다.`,
  pool_full: (it) => `풀 “${it.text("pool")}”의 슬롯 ${it.n("slots")}개 중 ${it.n("taken")}개를 사용 중입니다.` + (it.is("wanted", 1) ? "" : ` 태스크에는 ${it.n("wanted")}개가 필요합니다.`),
  parallelism: (it) => `엔진이 태스크 ${it.n("active")}개를 실행 중이고 [core] parallelism은 ${it.n("limit")}입니다.`,
  max_active_tasks: (it) => `${it.is("of", "DAG") ? "DAG의" : "이 실행의"} 태스크 ${it.n("active")}개가 실행 중이고 max_active_tasks는 ${it.n("limit")}입니다.`,
  max_active_tis_per_dag: (it) => `모든 실행에서 이 태스크의 인스턴스 ${it.n("active")}개가 진행 중이고 한도는 ${it.n("limit")}개입니다.`,
  max_active_tis_per_dagrun: (it) => `이 실행에서 이 태스크의 인스턴스 ${it.n("active")}개가 진행 중이고 한도는 ${it.n("limit")}개입니다.`,
  retry: (it) => (it.has("at") ? `${it.n("tries")}번 중 ${it.n("try")}번째 시도가 실패했습니다. 다음 시도는 ${it.at("at")}에 시작됩니다.` : "시간이 되었습니다. 스케줄러의 다음 단계에서 시작됩니다."),
  reschedule: (it) => (it.has("at") ? `${it.at("at")}에 다시 확인합니다.` : "시간이 되었습니다. 스케줄러의 다음 단계에서 시작됩니다."),
  deferred: (it) => {
    if (!it.has("trigger")) return "트리거가 끝났습니다. 스케줄러의 다음 단계에서 이어집니다.";
    return `트리거 ${it.text("trigger")}이(가) 아직 발생하지 않았습니다.` + (it.has("until") ? ` ${it.at("until")}까지 발생하지 않으면 태스크가 실패합니다.` : "");
  },
  trigger_queue: (it) => `트리거는 트리거 큐 “${it.text("queue")}”를 맡은 엔진이 실행합니다 ([triggerer] queues).`,
  awaiting_input: () => "사람이 아직 답하지 않았습니다.",
  scheduled: () => "준비되었고 빈 슬롯을 기다립니다.",
  queued: () => "실행기에 넘겨졌고 아직 시작되지 않았습니다.",
  ready: () => "스케줄러의 다음 단계에서 시작됩니다.",
  removed: () => "이 태스크 또는 이 맵 인덱스는 더는 DAG에 없습니다.",
};

const sentences = inLanguage({ en, ko });

/** One reason as a sentence; in the server's English when it has a reason that this page does not know. */
export const waitText = (one: Waiting): string => tell(sentences, one.name, new Held(one), one.reason);

/** All of them, one sentence after the other. */
export const waitTexts = (all: Waiting[]): string => all.map(waitText).join(" ");
