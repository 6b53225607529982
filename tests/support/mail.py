"""A mail server in this process, on a free port, that keeps what it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class MailServer:
    """What arrived, in order."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.recipients.append(list(envelope.rcpt_tos))
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class _AnyPort(Controller):
    """Listens on the port that the system gives."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mail_server() -> Iterator[tuple[MailServer, dict[str, str]]]:
    """The server, and the environment with which a task process finds it."""
    kept = MailServer()
    controller = _AnyPort(kept, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield (
            kept,
            {
                "AIRFLOW__SMTP__SMTP_HOST": "127.0.0.1",
                "AIRFLOW__SMTP__SMTP_PORT": str(controller.port),
                "AIRFLOW__SMTP__SMTP_STARTTLS": "False",
                "AIRFLOW__SMTP__SMTP_MAIL_FROM": "ostro@example.com",
            },
        )
    finally:
        controller.stop()


def html_of(mail: EmailMessage) -> str:
    """The text of a mail."""
    part = next(p for p in mail.walk() if p.get_content_type() == "text/html")
    return str(part.get_content())
