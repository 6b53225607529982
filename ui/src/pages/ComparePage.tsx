import "../styles/run.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeftRight } from "lucide-react";

import { Differences, Facts, XComs } from "../components/compare/Differences";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { useTitle } from "../hooks/useTitle";
import type { CompareSearch } from "../routes/compare";
import { gridQuery, runQuery } from "../services/runs";
import { words } from "../words";
import { runWords } from "../words/run";
import { formatMoment } from "../words/times";

/** What differs between two runs: states and durations of tasks, configuration, version, XCom values. */
export function ComparePage() {
  const { dagId } = useParams({ from: "/layout/dags/$dagId/compare" });
  const search = useSearch({ from: "/layout/dags/$dagId/compare" });
  const navigate = useNavigate();
  useTitle(`${runWords.compare} · ${dagId}`);
  const { data: recent } = useInfiniteQuery(gridQuery(dagId, {}));
  const a = useQuery({ ...runQuery(dagId, search.a ?? ""), enabled: search.a !== undefined });
  const b = useQuery({ ...runQuery(dagId, search.b ?? ""), enabled: search.b !== undefined });
  const change = (part: CompareSearch) => void navigate({ to: "/dags/$dagId/compare", params: { dagId }, search: { ...search, ...part } });
  const runs = recent?.pages.flatMap((page) => page.runs) ?? [];
  const choice = (name: "a" | "b", label: string) => (
    <label className="compare__choice">
      <span className="quiet">{label}</span>
      <select className="input" value={search[name] ?? ""} onChange={(event) => change({ [name]: event.target.value || undefined })}>
        <option value="" />
        {search[name] !== undefined && !runs.some((run) => run.run_id === search[name]) && <option value={search[name]}>{search[name]}</option>}
        {runs.map((run) => (
          <option key={run.run_id} value={run.run_id}>
            {formatMoment(run.logical_date ?? run.run_after)} · {words.runState[run.state]} · {run.run_id}
          </option>
        ))}
      </select>
    </label>
  );
  const error = a.error ?? b.error;
  return (
    <div className="compare">
      <div className="compare__head">
        {choice("a", runWords.first)}
        <button type="button" className="button button--icon" aria-label={runWords.swap} title={runWords.swap} onClick={() => change({ a: search.b, b: search.a })}>
          <ArrowLeftRight size={15} />
        </button>
        {choice("b", runWords.second)}
      </div>
      {search.a === undefined || search.b === undefined ? (
        <Notice title={runWords.compareTitle} text={runWords.choose} />
      ) : error ? (
        <Problem
          error={error}
          again={() => {
            void a.refetch();
            void b.refetch();
          }}
        />
      ) : !a.data || !b.data ? (
        <Skeleton lines={8} />
      ) : (
        <>
          <Facts dagId={dagId} a={a.data} b={b.data} />
          <Differences dagId={dagId} a={a.data} b={b.data} showsAll={search.all === true} onAll={(all) => change({ all: all ? true : undefined })} />
          <XComs dagId={dagId} a={search.a} b={search.b} />
        </>
      )}
    </div>
  );
}
