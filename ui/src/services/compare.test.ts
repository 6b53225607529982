import { describe, expect, it } from "vitest";

import { differences } from "./compare";
import type { RunDetail, TaskState } from "./types";

const run = (tasks: Record<string, [TaskState, number | null]>) =>
  ({ tasks: Object.entries(tasks).map(([task_id, [state, duration]]) => ({ task_id, state, duration, try_number: 1 })) }) as unknown as RunDetail;

describe("differences of two runs", () => {
  it("stand first, states before durations", () => {
    const found = differences(
      run({ same: ["success", 2], slow: ["success", 2], broke: ["success", 1], old: ["success", 1] }),
      run({ same: ["success", 2.2], slow: ["success", 9], broke: ["failed", 1], fresh: ["none", null] }),
    );
    expect(found.map((row) => [row.taskId, row.change])).toEqual([
      ["broke", "state"],
      ["old", "gone"],
      ["fresh", "gone"],
      ["slow", "slower"],
      ["same", null],
    ]);
  });
  it("of durations are no matter of a blink", () => {
    expect(differences(run({ a: ["success", 0.1] }), run({ a: ["success", 0.9] }))[0]?.change).toBeNull();
  });
});
