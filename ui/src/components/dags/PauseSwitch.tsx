import * as Switch from "@radix-ui/react-switch";
import { useMutation } from "@tanstack/react-query";

import { useMay } from "../../hooks/useMay";
import { client } from "../../services/client";
import { setPaused } from "../../services/dags";
import { toasts } from "../../services/toasts";
import type { DagHead, DagList } from "../../services/types";
import { words } from "../../words";

/** On: the DAG runs on its schedule. Shows the wish at once, and takes it back when the server refuses. */
export function PauseSwitch({ dagId, name, isPaused }: { dagId: string; name: string; isPaused: boolean }) {
  const show = (paused: boolean) => {
    client.setQueriesData<DagList>({ queryKey: ["dags"] }, (old) =>
      old && { ...old, dags: old.dags.map((row) => (row.dag_id === dagId ? { ...row, is_paused: paused } : row)) },
    );
    client.setQueryData<DagHead>(["dag", dagId], (old) => old && { ...old, is_paused: paused });
  };
  const change = useMutation({
    mutationFn: (paused: boolean) => setPaused(dagId, paused),
    onMutate: show,
    onError: (error, paused) => {
      show(!paused);
      toasts.fail(error);
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["dags"] });
      void client.invalidateQueries({ queryKey: ["dag", dagId] });
    },
  });
  const mayNot = useMay()("edit", "DAGs", dagId);
  return (
    <Switch.Root
      className="switch"
      checked={!isPaused}
      disabled={mayNot !== undefined}
      onCheckedChange={(on) => change.mutate(!on)}
      aria-label={words.dags.unpaused(name)}
      title={mayNot ?? words.dags.unpaused(name)}
    >
      <Switch.Thumb className="switch__thumb" />
    </Switch.Root>
  );
}
