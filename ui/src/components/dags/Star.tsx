import { useMutation } from "@tanstack/react-query";
import { Star as Icon } from "lucide-react";

import { client } from "../../services/client";
import { setFavorite } from "../../services/dags";
import { toasts } from "../../services/toasts";
import type { DagList } from "../../services/types";
import { lists } from "../../words/lists";

/** Whether the DAG is a favourite of this person. Shows the wish at once, and takes it back when the server refuses. */
export function Star({ dagId, name, isFavorite }: { dagId: string; name: string; isFavorite: boolean }) {
  const show = (on: boolean) =>
    client.setQueriesData<DagList>({ queryKey: ["dags"] }, (old) =>
      old && { ...old, dags: old.dags.map((row) => (row.dag_id === dagId ? { ...row, is_favorite: on } : row)) },
    );
  const change = useMutation({
    mutationFn: (on: boolean) => setFavorite(dagId, on),
    onMutate: show,
    onError: (error, on) => {
      show(!on);
      toasts.fail(error);
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["dags"] });
      void client.invalidateQueries({ queryKey: ["home"] });
    },
  });
  const text = isFavorite ? lists.unstar(name) : lists.star(name);
  return (
    <button type="button" className="star" aria-pressed={isFavorite} aria-label={text} title={text} onClick={() => change.mutate(!isFavorite)}>
      <Icon size={15} fill={isFavorite ? "currentColor" : "none"} />
    </button>
  );
}
