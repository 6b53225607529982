import "../styles/run.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeftRight } from "lucide-react";

import { Differences, Facts, XComs } from "../components/compare/Differences";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { useTitle } from "../hooks/useTitle";
import type { CompareSearch } from "../routes/compare";
import { comparedQuery } from "../services/compare";
import { gridQuery } from "../services/runs";
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
  const { a, b } = search;
  const compared = useQuery({ ...comparedQuery(dagId, a ?? "", b ?? "", search.all === true), enabled: a !== undefined && b !== undefined });
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
  return (
    <div className="compare">
      <div className="compare__head">
        {choice("a", runWords.first)}
        <button type="button" className="button button--icon" aria-label={runWords.swap} title={runWords.swap} onClick={() => change({ a: search.b, b: search.a })}>
          <ArrowLeftRight size={15} />
        </button>
        {choice("b", runWords.second)}
      </div>
      {a === undefined || b === undefined ? (
        <Notice title={runWords.compareTitle} text={runWords.choose} />
      ) : compared.error ? (
        <Problem error={compared.error} again={() => void compared.refetch()} />
      ) : !compared.data ? (
        <Skeleton lines={8} />
      ) : (
        <>
          <Facts dagId={dagId} a={compared.data.a} b={compared.data.b} />
          <Differences dagId={dagId} of={compared.data} showsAll={search.all === true} onAll={(all) => change({ all: all ? true : undefined })} />
          <XComs dagId={dagId} a={a} b={b} />
        </>
      )}
    </div>
  );
}
