import { ChevronLeft, ChevronRight } from "lucide-react";

import { words } from "../words";

/** Pages of a list; nothing when one page holds all. */
export function Pager({ page, size, total, onPage }: { page: number; size: number; total: number; onPage: (page: number) => void }) {
  const pages = Math.ceil(total / size);
  if (pages <= 1) return null;
  return (
    <div className="row pager">
      <button type="button" className="button button--small" disabled={page <= 1} title={page <= 1 ? words.dags.isFirst : undefined} onClick={() => onPage(page - 1)}>
        <ChevronLeft size={14} /> {words.dags.previous}
      </button>
      <span className="soft">{words.dags.page(page, pages)}</span>
      <button type="button" className="button button--small" disabled={page >= pages} title={page >= pages ? words.dags.isLast : undefined} onClick={() => onPage(page + 1)}>
        {words.dags.next} <ChevronRight size={14} />
      </button>
    </div>
  );
}
