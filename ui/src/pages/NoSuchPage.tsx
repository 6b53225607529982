import { Notice } from "../components/Notice";
import { PlainLink } from "../components/PlainLink";
import { useTitle } from "../hooks/useTitle";
import { words } from "../words";

/** An address behind which nothing stands. */
export function NoSuchPage() {
  useTitle(words.problem.pageTitle);
  return (
    <Notice title={words.problem.pageTitle} text={words.problem.pageText}>
      <PlainLink href="/dags" className="button">
        {words.dag.toList}
      </PlainLink>
    </Notice>
  );
}
