/** Texts of the dialogs that clear, mark and delete. */

import { inLanguage } from "./language";

const count = (n: number) => `${n.toLocaleString("en")} task instance${n === 1 ? "" : "s"}`;
const countKo = (n: number) => `태스크 인스턴스 ${n.toLocaleString("ko")}개`;

const en = {
  which: "Which",
  whichOf: { every: "Any state", failed: "Only failed", running: "Only running" },
  instances: "Instances",
  oneIndex: (index: number) => `Only instance ${index}`,
  allIndexes: "All instances of the task",
  kinds: "Changes",
  becomes: "becomes",
  then: "Afterwards",
  startsOver: "starts over",
  restarts: "is stopped and starts over",
  queued: (n: number) => (n === 1 ? "The run had ended; it is queued again." : `${n.toLocaleString("en")} runs had ended; they are queued again.`),
  actsOn: (name: string) => `Actions on ${name}`,
  onlyNew: "Only new tasks",
  latest: "Run on the latest version of the DAG",
  note: "Note",
  noteHint: "Says why; it stands on what is changed.",
  otherDags: (dags: string[]) => `Reaches into ${dags.join(", ")} through external task markers.`,
  undo: {
    clear: "The tries so far and their logs stay. The states do not come back by themselves.",
    mark: "The states listed here are in the history of each task afterwards.",
    delete: "This cannot be undone.",
  },
  marksRun: (n: number, state: string) => (n === 0 ? `Mark the run as ${state}` : `Mark the run and ${count(n)} as ${state}`),
  queues: (n: number) => `Run ${count(n)} again`,
  deletes: (n: number) => `Delete the run and ${count(n)}`,
  markText: {
    success: "What has not succeeded yet is marked success; what runs is stopped. Teardowns still run.",
    failed: "What runs is stopped and marked failed; what has not begun is skipped. Teardowns still run.",
    queued: "The run is queued again, and all its tasks run again.",
  },
  newTask: "new",
  group: (name: string) => `Group ${name}`,
};
const ko: typeof en = {
  which: "대상",
  whichOf: { every: "모든 상태", failed: "실패한 것만", running: "실행 중인 것만" },
  instances: "인스턴스",
  oneIndex: (index) => `인스턴스 ${index}만`,
  allIndexes: "태스크의 모든 인스턴스",
  kinds: "바뀌는 내용",
  becomes: "다음 상태로",
  then: "바뀐 뒤",
  startsOver: "처음부터 다시",
  restarts: "멈추고 처음부터 다시",
  queued: (n) => (n === 1 ? "끝난 실행이 다시 대기열에 들어갑니다." : `끝난 실행 ${n.toLocaleString("ko")}개가 다시 대기열에 들어갑니다.`),
  actsOn: (name) => `${name}에 할 일`,
  onlyNew: "새 태스크만",
  latest: "DAG의 최신 버전으로 실행",
  note: "메모",
  noteHint: "이유를 적으면 바뀐 항목에 남습니다.",
  otherDags: (dags) => `외부 태스크 마커를 통해 ${dags.join(", ")}까지 닿습니다.`,
  undo: {
    clear: "지금까지의 시도와 로그는 남습니다. 상태는 저절로 돌아오지 않습니다.",
    mark: "여기 나온 상태는 나중에 각 태스크의 기록에서 볼 수 있습니다.",
    delete: "되돌릴 수 없습니다.",
  },
  marksRun: (n, state) => (n === 0 ? `실행을 ${state}(으)로 표시` : `실행과 ${countKo(n)}를 ${state}(으)로 표시`),
  queues: (n) => `${countKo(n)} 다시 실행`,
  deletes: (n) => `실행과 ${countKo(n)} 삭제`,
  markText: {
    success: "아직 성공하지 않은 것은 성공으로 표시되고 실행 중인 것은 멈춥니다. 정리 태스크는 실행됩니다.",
    failed: "실행 중인 것은 멈추고 실패로 표시되며 시작하지 않은 것은 건너뜁니다. 정리 태스크는 실행됩니다.",
    queued: "실행이 다시 대기열에 들어가고 모든 태스크가 다시 실행됩니다.",
  },
  newTask: "새 태스크",
  group: (name) => `그룹 ${name}`,
};

export const touchWords = inLanguage({ en, ko });
