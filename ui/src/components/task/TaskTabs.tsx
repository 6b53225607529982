import * as Tabs from "@radix-ui/react-tabs";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { TaskSearch, TaskTab } from "../../routes/task";
import type { InstanceKey } from "../../services/instances";
import type { InstanceDetail } from "../../services/types";
import { words } from "../../words";
import { taskWords } from "../../words/task";
import { EventsTab } from "./EventsTab";
import { HistoryTab } from "./HistoryTab";
import { LogTab } from "./LogTab";
import { DetailsTab } from "./DetailsTab";
import { MappedTab } from "./MappedTab";
import { RenderedTab } from "./RenderedTab";
import { StateTab } from "./StateTab";
import { TriesTab } from "./TriesTab";
import { WaitingTab } from "./WaitingTab";
import { XComTab } from "./XComTab";

/** What opens first: the instances of a mapped task, the reason of one that has not begun, else the log. */
function firstTab(detail: InstanceDetail): TaskTab {
  if (detail.mapped) return "mapped";
  if (detail.tries.length === 0 && detail.waiting.length > 0) return "waiting";
  return "log";
}

export function TaskTabs({ at, detail }: { at: InstanceKey; detail: InstanceDetail }) {
  const search = useSearch({ from: "/layout/dags/$dagId/runs/$runId/tasks/$taskId" });
  const navigate = useNavigate();
  const change = (part: TaskSearch) => void navigate({ to: "/dags/$dagId/runs/$runId/tasks/$taskId", params: at, search: (old) => ({ ...(old as TaskSearch), ...part }), ...("try" in part ? {} : { hash: true as const }), replace: true });
  const t = words.task.tabs;
  const tabs: [TaskTab, string, number | null, ReactNode][] = [
    ["log", t.log, null, <LogTab key="log" at={at} detail={detail} search={search} onSearch={change} />],
    ["waiting", t.waiting, detail.waiting.length || null, <WaitingTab key="waiting" at={at} detail={detail} />],
    ["details", t.details, null, <DetailsTab key="details" at={at} detail={detail} />],
    ["rendered", t.rendered, null, <RenderedTab key="rendered" detail={detail} />],
    ["xcom", t.xcom, detail.xcoms.length || null, <XComTab key="xcom" at={at} detail={detail} />],
    ["tries", t.tries, detail.tries.length || null, <TriesTab key="tries" detail={detail} onLog={(n) => change({ tab: "log", try: n })} />],
    ["state", taskWords.store.tab, null, <StateTab key="state" at={at} />],
    ["events", taskWords.events.tab, null, <EventsTab key="events" at={at} />],
    ["history", taskWords.history, null, <HistoryTab key="history" at={at} />],
  ];
  if (detail.mapped) {
    const filter = { state: search.mapped_state, text: search.mapped_text, order: search.mapped_order };
    const body = <MappedTab key="mapped" at={at} filter={filter} onFilter={({ state, text, order }) => change({ mapped_state: state, mapped_text: text, mapped_order: order })} />;
    // What belongs to one instance is on the page of that instance.
    const own = new Set<TaskTab>(["log", "waiting", "rendered", "tries", "state"]);
    tabs.splice(0, tabs.length, ["mapped", t.mapped, detail.mapped.total, body], ...tabs.filter(([name]) => !own.has(name)));
  }
  const wanted = search.tab ?? firstTab(detail);
  const value = tabs.some(([name]) => name === wanted) ? wanted : (tabs[0]?.[0] ?? "log");
  return (
    <Tabs.Root className="tasktabs" value={value} onValueChange={(tab) => change({ tab: tab as TaskTab })}>
      <Tabs.List className="tabs__list tasktabs__list">
        {tabs.map(([name, text, count]) => (
          <Tabs.Trigger key={name} value={name} className="tabs__tab">
            {text}
            {count !== null && <span className="tabs__count">{count.toLocaleString(words.locale)}</span>}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {tabs.map(([name, , , body]) => (
        <Tabs.Content key={name} value={name} className={name === "log" ? "tasktabs__log" : "tasktabs__body"} tabIndex={-1}>
          {body}
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}
