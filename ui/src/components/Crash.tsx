import { words } from "../words";

/** What a fault of the page itself looks like. */
export function Crash({ error }: { error: unknown }) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return (
    <div className="notice" role="alert">
      <h2>{words.problem.crashTitle}</h2>
      <p>{words.problem.crashText}</p>
      <pre className="code">{text}</pre>
      <button type="button" className="button" onClick={() => window.location.reload()}>
        {words.problem.reload}
      </button>
    </div>
  );
}
