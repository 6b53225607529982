import "../styles/code.css";

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";

import { DiffView, SourceView } from "../components/code/SourceView";
import { CopyButton } from "../components/CopyButton";
import { Moment } from "../components/Moment";
import { Notice, Problem, Skeleton } from "../components/Notice";
import { PlainLink } from "../components/PlainLink";
import { useMay } from "../hooks/useMay";
import { type CodeFacts, codeQuery, type CodeVersion, sourceQuery } from "../services/code";
import { HttpError } from "../services/http";
import { runPlace } from "../services/places";
import { codeWords } from "../words/code";
import { formatDuration } from "../words/times";

/** The source of a version of a DAG, or what changed between two. */
export function CodePage() {
  const { dagId } = useParams({ from: "/layout/dags/$dagId" });
  const may = useMay();
  const mayNot = may("read", "DAG Code", dagId) ?? may("read", "DAG Versions", dagId);
  const { data, error, refetch } = useQuery({ ...codeQuery(dagId), enabled: mayNot === undefined });
  if (mayNot !== undefined) return <Notice title={codeWords.refusedTitle} text={codeWords.refusedText} />;
  if (error instanceof HttpError && error.status === 403) return <Notice title={codeWords.refusedTitle} text={codeWords.refusedText} />;
  if (error && !data) return <Problem error={error} again={() => void refetch()} />;
  return (
    <section className="page codepage" aria-label={codeWords.title}>
      {data ? <Code dagId={dagId} facts={data} /> : <Skeleton lines={8} />}
    </section>
  );
}

function Code({ dagId, facts }: { dagId: string; facts: CodeFacts }) {
  const search = useSearch({ from: "/layout/dags/$dagId/code" });
  const navigate = useNavigate({ from: "/dags/$dagId/code" });
  const version = facts.versions.find((one) => one.version_number === search.version) ?? facts.versions[0];
  const other = facts.versions.find((one) => one.version_number === search.with && one !== version);
  const source = useQuery({ ...sourceQuery(dagId, version?.version_number ?? 0, version?.source ?? null), enabled: version !== undefined });
  const before = useQuery({ ...sourceQuery(dagId, other?.version_number ?? 0, other?.source ?? null), enabled: other !== undefined });
  const t = codeWords;
  if (!version) return <Notice title={t.noneTitle} text={t.noneText} />;
  const isLatest = version === facts.versions[0];
  const marked = new Set(isLatest ? facts.errors.flatMap((error) => (error.path === facts.path && error.line !== null ? [error.line] : [])) : []);
  const failed = source.error ?? before.error;
  // The older one is what there was before, whichever was chosen first.
  const [from, to] = other && other.version_number > version.version_number ? [source.data, before.data] : [before.data, source.data];
  return (
    <>
      <div className="codebar">
        <Choice label={t.version} versions={facts.versions} value={version.version_number} onPick={(next) => void navigate({ search: { ...search, version: next } })} />
        {facts.versions.length > 1 && (
          <Choice label={t.compare} versions={facts.versions.filter((one) => one !== version)} value={other?.version_number} none={t.nothing} onPick={(next) => void navigate({ search: { ...search, with: next } })} />
        )}
        <span className="grow" />
        {source.data !== undefined && <CopyButton text={source.data} />}
      </div>
      <p className="codepage__facts soft">
        <span className="mono">{facts.path}</span>
        <span>
          {t.read} <Moment at={facts.parsed_at} relative /> {facts.parse_duration !== null && t.took(formatDuration(facts.parse_duration))}
        </span>
        <Used dagId={dagId} version={version} />
        {version.bundle_version !== null &&
          (version.bundle_url?.startsWith("http") ? (
            <a href={version.bundle_url} target="_blank" rel="noreferrer">
              {t.bundle(version.bundle_name, version.bundle_version.slice(0, 12))}
            </a>
          ) : (
            <span>{t.bundle(version.bundle_name, version.bundle_version.slice(0, 12))}</span>
          ))}
      </p>
      {facts.errors.length > 0 && <Errors facts={facts} isMarked={marked.size > 0} />}
      {failed ? (
        failed instanceof HttpError && failed.status === 403 ? (
          <Notice title={t.refusedTitle} text={t.refusedText} />
        ) : (
          <Problem error={failed} again={() => void Promise.all([source.refetch(), before.refetch()])} />
        )
      ) : source.data === undefined || (other && before.data === undefined) ? (
        <Skeleton lines={10} />
      ) : other ? (
        <DiffView key={`${version.version_number} ${other.version_number}`} before={from ?? ""} after={to ?? ""} />
      ) : (
        <SourceView source={source.data} marked={marked} />
      )}
    </>
  );
}

type ChoiceProps = { label: string; versions: CodeVersion[]; value: number | undefined; none?: string; onPick: (version: number | undefined) => void };

function Choice({ label, versions, value, none, onPick }: ChoiceProps) {
  return (
    <label className="codebar__choice">
      <span className="soft">{label}</span>
      <select className="input" aria-label={label} value={value ?? ""} onChange={(event) => onPick(event.target.value === "" ? undefined : Number(event.target.value))}>
        {none !== undefined && <option value="">{none}</option>}
        {versions.map((one) => (
          <option key={one.version_number} value={one.version_number}>
            {codeWords.option(one.version_number, one.runs)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Since when there is a version, and what ran with it. */
function Used({ dagId, version }: { dagId: string; version: CodeVersion }) {
  return (
    <span>
      {codeWords.since} <Moment at={version.created_at} />
      {" · "}
      {version.last_run_id === null ? (
        codeWords.neverRan
      ) : (
        <>
          {codeWords.lastRun} <PlainLink href={runPlace(dagId, version.last_run_id)}>{version.last_run_id}</PlainLink>
        </>
      )}
    </span>
  );
}

function Errors({ facts, isMarked }: { facts: CodeFacts; isMarked: boolean }) {
  return (
    <div className="banner codepage__errors" role="region" aria-label={codeWords.errors}>
      {facts.errors.map((error) => (
        <div key={error.timestamp + error.text}>
          <p>
            <span className="mono">
              {error.path}
              {error.line !== null && `:${error.line}`}
            </span>{" "}
            <strong>{error.text}</strong>
          </p>
          {error.traceback && (
            <details>
              <summary>{codeWords.traceback}</summary>
              <pre className="code">{error.traceback}</pre>
            </details>
          )}
        </div>
      ))}
      {isMarked && <p className="field__hint">{codeWords.marked}</p>}
    </div>
  );
}
