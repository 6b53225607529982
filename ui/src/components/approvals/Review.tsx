import { useMutation } from "@tanstack/react-query";
import { Check, Clock } from "lucide-react";
import { useState } from "react";

import { useNow } from "../../hooks/useNow";
import { answer, type Approval, paramsOf } from "../../services/approvals";
import { client } from "../../services/client";
import { HttpError } from "../../services/http";
import { taskPlace } from "../../services/places";
import { toasts } from "../../services/toasts";
import { approvalWords } from "../../words/approvals";
import { formatDuration } from "../../words/times";
import { Markdown } from "../Markdown";
import { Moment } from "../Moment";
import { PlainLink } from "../PlainLink";
import { StateBadge } from "../StateIcon";
import { ConfFields, useConf } from "../trigger/ConfFields";
import { aboutParam } from "../trigger/schema";

/** A question with its form, or with its answer. `isAlone`: it stands on the page of its task. */
export function Review({ approval, isAlone = false }: { approval: Approval; isAlone?: boolean }) {
  const t = approvalWords;
  const { dag_id: dag, run_id: run, task_id: task, map_index: index } = approval;
  return (
    <article className="review" aria-labelledby="review-subject">
      <h2 id="review-subject">{approval.subject}</h2>
      <p className="review__facts soft">
        {!isAlone && (
          <PlainLink href={taskPlace(dag, run, task, index)} className="truncate">
            {dag} · {task}
            {index >= 0 && ` [${index}]`}
          </PlainLink>
        )}
        {!isAlone && <StateBadge state={approval.state} />}
        <span>
          {t.asked} <Moment at={approval.created_at} relative />
        </span>
        {approval.assigned_users.length > 0 && <span>{t.forPeople(approval.assigned_users.map((user) => user.name).join(", "))}</span>}
      </p>
      {approval.is_open && approval.times_out_at !== null && <Countdown until={approval.times_out_at} defaults={approval.defaults} />}
      {approval.body && <Markdown text={approval.body} />}
      {approval.is_open ? <AnswerForm key={`${dag} ${run} ${task} ${index} ${approval.try_number}`} approval={approval} /> : <Answer approval={approval} />}
    </article>
  );
}

function Countdown({ until, defaults }: { until: string; defaults: string[] | null }) {
  const now = useNow(1_000);
  const left = (new Date(until).getTime() - now) / 1000;
  const t = approvalWords;
  return (
    <p className="review__countdown" role="timer" data-soon={left < 60 || undefined}>
      <Clock size={14} aria-hidden="true" />
      {left <= 0 ? t.ended : defaults?.length ? t.endsDefault(formatDuration(left), defaults.join(", ")) : t.endsFails(formatDuration(left))}
    </p>
  );
}

function AnswerForm({ approval }: { approval: Approval }) {
  const [chosen, setChosen] = useState<string[]>(approval.defaults ?? []);
  const form = useConf(paramsOf(approval));
  const send = useMutation({
    mutationFn: ({ options, params }: { options: string[]; params: Record<string, unknown> }) => answer(approval, options, params),
    onSuccess: () => toasts.tell(approvalWords.sent),
    onError: (error) => {
      const about = aboutParam(error.message);
      if (about && about.name in approval.params) form.blame(about.name, about.problem);
      // Somebody was faster: the answer of theirs takes the place of this form, so it is told elsewhere.
      if (error instanceof HttpError && error.status === 409) toasts.fail(error);
    },
    // Also when it failed: perhaps somebody else was faster.
    onSettled: () => client.invalidateQueries({ queryKey: ["approvals"] }),
  });
  const go = (options: string[]) => {
    const params = form.read();
    if (params !== null) send.mutate({ options, params: Object.keys(approval.params).length ? params : {} });
  };
  const t = approvalWords;
  const isOff = !approval.may_answer || send.isPending || form.isBad;
  const name = (option: string) => (approval.defaults?.includes(option) ? `${option} (${t.isDefault})` : option);
  return (
    <form
      className="review__form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (approval.multiple && chosen.length) go(chosen);
      }}
    >
      {!approval.may_answer && <p className="banner banner--warn">{t.refused}</p>}
      {send.error && (
        <p className="banner" role="alert">
          {send.error.message}
        </p>
      )}
      {form.params.length > 0 && (
        <section className="review__fields" aria-label={t.form}>
          <ConfFields form={form} id="review-params" />
        </section>
      )}
      {approval.multiple ? (
        <fieldset className="field param__multi">
          <legend className="label">{t.chooseSome}</legend>
          {approval.options.map((option) => (
            <label key={option} className="checkline">
              <input type="checkbox" checked={chosen.includes(option)} onChange={(event) => setChosen((old) => approval.options.filter((one) => (one === option ? event.target.checked : old.includes(one))))} /> {name(option)}
            </label>
          ))}
          <div>
            <button type="submit" className="button button--primary" disabled={isOff || chosen.length === 0}>
              <Check size={14} /> {send.isPending ? t.sending : t.send}
            </button>
          </div>
        </fieldset>
      ) : (
        <div className="field" role="group" aria-label={t.chooseOption}>
          <span className="label">{t.chooseOption}</span>
          <div className="review__options">
            {approval.options.map((option, i) => (
              <button key={option} type="button" className={i === 0 ? "button button--primary" : "button"} disabled={isOff} onClick={() => go([option])}>
                {name(option)}
              </button>
            ))}
          </div>
        </div>
      )}
    </form>
  );
}

function Answer({ approval }: { approval: Approval }) {
  const t = approvalWords;
  if (approval.responded_at === null) return <p className="banner banner--warn">{t.noLonger}</p>;
  const given = Object.entries(approval.params_input ?? {});
  return (
    <section className="review__answer">
      <p>
        <strong>{approval.chosen_options?.join(", ")}</strong>
      </p>
      <p className="soft">
        {approval.responded_by === null ? t.byNobody : t.by(approval.responded_by)} · <Moment at={approval.responded_at} />
      </p>
      {given.length > 0 && (
        <dl className="facts">
          {given.map(([name, value]) => (
            <div key={name} className="facts__row">
              <dt>{name}</dt>
              <dd className="mono">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
