"""Mail about a failed or repeated try, as the task's `email`, `email_on_failure` and `email_on_retry` ask for.

Sent by the process that runs the callbacks, after them. Subject and text are templates: `[email] subject_template` and
`html_content_template` name files with others.
"""

from __future__ import annotations

import html
import re
from typing import Any

from ostro.runtime.logs import TaskLog
from ostro.sdk import templater
from ostro.sdk.conf import conf

SUBJECT = "Airflow alert: {{ti}}"
TEXT = """\
<p>Try {{try_number}} of {{max_tries + 1}} of task <b>{{ti.task_id}}</b>, run <b>{{ti.run_id}}</b> of DAG <b>{{ti.dag_id}}</b>, \
{{ "failed" if final else "failed and is made again" }}.</p>
<p>{{exception_html}}</p>
<p><a href="{{ti.log_url}}">Log</a> &middot; <a href="{{ti.mark_success_url}}">Mark as success</a>{% if ti.hostname %} \
&middot; on {{ti.hostname}}{% endif %}</p>
"""


def send_when_wanted(task: Any, context: Any, state: str, log: TaskLog) -> str | None:
    """Send the mail when the task asks for one in this state. Returns what went wrong as a text."""
    wanted = task.email_on_failure if state == "failed" else task.email_on_retry
    to = addresses(task.email)
    if not wanted or not to:
        return None
    try:
        subject, text = content(task, context, state)
        send(to, subject, text, log)
    except Exception as error:  # the boundary to user code (templates, mail backends) and to mail servers
        log.flush()
        log.exception(error, f"the mail to {', '.join(to)} could not be sent")
        return f"{type(error).__name__}: {error}"
    return None


def send(to: list[str], subject: str, text: str, log: TaskLog) -> None:
    """Send through the mail backend of the settings."""
    from ostro.sdk.around.mail import send_email

    send_email(to, subject, text)
    log.write("info", f"Sent mail to {', '.join(to)}: {subject}")


def content(task: Any, context: Any, state: str) -> tuple[str, str]:
    """Subject and HTML text, rendered. Raises what a template raises, and OSError for one that cannot be read."""
    ti = context["ti"]
    values = context.copy()
    error = context.get("exception")
    values.update(
        exception_html=html.escape(str(error)).replace("\n", "<br>"),
        try_number=ti.try_number,
        max_tries=ti.max_tries,
        final=state == "failed",
    )
    if error is None:
        values["exception"] = None
    env = templater.create_template_env(native=False)
    found = (_template("subject_template", SUBJECT), _template("html_content_template", TEXT))
    subject, text = (str(templater.render(t, values, env, owner=task)) for t in found)
    return " ".join(subject.split()), text


def addresses(given: Any) -> list[str]:
    """Addresses of a text (separated by comma or semicolon), or of several."""
    parts = re.split(r"[,;]", given) if isinstance(given, str) else [str(item) for item in given or ()]
    return [part.strip() for part in parts if part.strip()]


def _template(key: str, default: str) -> str:
    path = conf.get("email", key, fallback="")
    if not path:
        return default
    with open(path, encoding="utf-8") as file:
        return file.read()
