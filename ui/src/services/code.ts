/** The source of a DAG by version, and how reading its file went. */

import { queryOptions } from "@tanstack/react-query";

import { get, path, withQuery } from "./http";

export type CodeVersion = {
  version_number: number;
  created_at: string;
  bundle_name: string;
  bundle_version: string | null;
  bundle_url: string | null;
  source: string | null;
  runs: number;
  last_run_id: string | null;
};
export type CodeFacts = {
  path: string;
  bundle_name: string;
  parsed_at: string | null;
  parse_duration: number | null;
  versions: CodeVersion[];
  errors: { text: string; path: string; line: number | null; traceback: string; timestamp: string }[];
};

export const codeQuery = (dagId: string) =>
  queryOptions({
    queryKey: ["code", dagId],
    queryFn: ({ signal }) => get<CodeFacts>(path`/ui/dags/${dagId}/code`, signal),
  });

/** `source`: its digest, so that a version whose source was replaced is read again. */
export const sourceQuery = (dagId: string, version: number, source: string | null) =>
  queryOptions({
    queryKey: ["source", dagId, version, source],
    queryFn: async ({ signal }) => (await get<{ content: string | null }>(withQuery(path`/api/v2/dagSources/${dagId}`, { version_number: version }), signal)).content ?? "",
    staleTime: Infinity,
  });
