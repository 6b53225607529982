"""EmailOperator: sends a mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ostro.sdk.baseoperator import BaseOperator


class EmailOperator(BaseOperator):
    """Sends a mail through the backend of [email] email_backend, SMTP unless it says otherwise.

    `to`, `cc`, `bcc`: one address, several with comma or semicolon between them, or a list. `html_content` may name a
    .html file, which is then a template. `files` are paths of attachments, `conn_id` a connection of type smtp.
    """

    template_fields: ClassVar[Sequence[str]] = ("to", "subject", "html_content", "files", "cc", "bcc")
    template_fields_renderers: ClassVar[dict[str, str]] = {"html_content": "html"}
    template_ext: ClassVar[Sequence[str]] = (".html",)
    ui_color = "#e6faf9"

    def __init__(
        self,
        *,
        to: list[str] | str,
        subject: str,
        html_content: str,
        files: list[str] | None = None,
        cc: list[str] | str | None = None,
        bcc: list[str] | str | None = None,
        mime_subtype: str = "mixed",
        mime_charset: str = "utf-8",
        conn_id: str | None = None,
        custom_headers: dict[str, Any] | None = None,
        from_email: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.to = to
        self.subject = subject
        self.html_content = html_content
        self.files = files or []
        self.cc = cc
        self.bcc = bcc
        self.mime_subtype = mime_subtype
        self.mime_charset = mime_charset
        self.conn_id = conn_id
        self.custom_headers = custom_headers
        self.from_email = from_email

    def execute(self, context: Any) -> None:
        """Send it."""
        from ostro.sdk.around.mail import send_email

        send_email(
            self.to,
            self.subject,
            self.html_content,
            files=self.files,
            cc=self.cc,
            bcc=self.bcc,
            mime_subtype=self.mime_subtype,
            mime_charset=self.mime_charset,
            conn_id=self.conn_id,
            custom_headers=self.custom_headers,
            from_email=self.from_email,
        )
