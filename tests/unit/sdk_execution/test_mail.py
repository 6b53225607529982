"""EmailOperator and send_email, against a mail server in this process."""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ostro.sdk.around import mail
from ostro.sdk.operators.email import EmailOperator
from support.mail import MailServer, html_of, mail_server

from .made import context_of, dag_of


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server() as (kept, env):
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        yield kept


def test_the_operator_sends_with_copies_and_files(server: MailServer, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b")
    with dag_of():
        task = EmailOperator(
            task_id="t",
            to="a@x.example; b@x.example",
            subject="Grüße",
            html_content="<b>text</b>",
            cc=["c@x.example"],
            bcc="d@x.example",
            files=[str(tmp_path / "table.csv")],
            custom_headers={"X-Mine": "1"},
            from_email="me@x.example",
        )
    task.execute(context_of(task))

    (sent,) = server.mails
    assert server.recipients == [["a@x.example", "b@x.example", "c@x.example", "d@x.example"]]
    assert (sent["From"], sent["Subject"], sent["X-Mine"]) == ("me@x.example", "Grüße", "1")
    assert "d@x.example" not in sent.as_string() and html_of(sent) == "<b>text</b>"
    assert [part.get_filename() for part in sent.iter_attachments()][-1] == "table.csv"
    assert task.template_ext == (".html",) and "html_content" in task.template_fields


def test_a_connection_says_where_the_server_is(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    port = int(os.environ["AIRFLOW__SMTP__SMTP_PORT"])
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_PORT", "1")
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_STARTTLS", "True")
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": {"disable_tls": True}}
    monkeypatch.setenv("AIRFLOW_CONN_POST", json.dumps(connection))

    mail.send_email("a@x.example", "s", "t", conn_id="post")

    assert server.recipients == [["a@x.example"]]


def test_a_named_connection_must_exist_and_the_usual_one_need_not() -> None:
    from ostro.sdk.exceptions import AirflowNotFoundException

    assert mail._server("smtp_default") == mail._server(None)
    with pytest.raises(AirflowNotFoundException):
        mail._server("other")


def test_a_server_that_hangs_up_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[int] = []

    def connect(self: Any) -> Any:
        attempts.append(1)
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(mail._Server, "connect", connect)
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_RETRY_LIMIT", "3")

    with pytest.raises(smtplib.SMTPServerDisconnected):
        mail.send_email("a@x.example", "s", "t")
    assert len(attempts) == 3


def test_a_dry_run_sends_nothing(server: MailServer) -> None:
    mail.send_email("a@x.example", "s", "t", dryrun=True)

    assert server.mails == []


def test_certificates_are_checked_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mail._tls_context().verify_mode is ssl.CERT_REQUIRED
    monkeypatch.setenv("AIRFLOW__EMAIL__SSL_CONTEXT", "none")
    assert mail._tls_context().verify_mode is ssl.CERT_NONE
