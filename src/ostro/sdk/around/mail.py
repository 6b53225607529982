"""Sending mail by SMTP with the settings of [smtp]: `airflow.utils.email`."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
from collections.abc import Iterable
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate
from typing import Any, NamedTuple

from ostro.sdk.conf import conf


def send_email(
    to: list[str] | Iterable[str] | str,
    subject: str,
    html_content: str,
    files: list[str] | None = None,
    dryrun: bool = False,
    cc: str | Iterable[str] | None = None,
    bcc: str | Iterable[str] | None = None,
    mime_subtype: str = "mixed",
    mime_charset: str = "utf-8",
    conn_id: str | None = None,
    custom_headers: dict[str, Any] | None = None,
    from_email: str | None = None,
    **kwargs: Any,
) -> None:
    """Send a mail through the backend of [email] email_backend, SMTP unless it says otherwise."""
    from ostro.sdk.around.modules import import_string

    path = conf.get("email", "email_backend", fallback="airflow.utils.email.send_email_smtp")
    backend = send_email_smtp if path.endswith("send_email_smtp") else import_string(path)
    backend(
        get_email_address_list(to),
        subject,
        html_content,
        files=files,
        dryrun=dryrun,
        cc=cc,
        bcc=bcc,
        mime_subtype=mime_subtype,
        mime_charset=mime_charset,
        conn_id=conn_id or conf.get("email", "email_conn_id", fallback=None),
        from_email=from_email or conf.get("email", "from_email", fallback=None),
        custom_headers=custom_headers,
        **kwargs,
    )


def send_email_smtp(
    to: str | Iterable[str],
    subject: str,
    html_content: str,
    files: list[str] | None = None,
    dryrun: bool = False,
    cc: str | Iterable[str] | None = None,
    bcc: str | Iterable[str] | None = None,
    mime_subtype: str = "mixed",
    mime_charset: str = "utf-8",
    conn_id: str | None = None,
    from_email: str | None = None,
    custom_headers: dict[str, Any] | None = None,
    **kwargs: Any,
) -> None:
    """Send a mail by SMTP."""
    sender = from_email or conf.get("smtp", "smtp_mail_from", fallback="ostro@localhost")
    message, recipients = build_mime_message(
        mail_from=sender,
        to=to,
        subject=subject,
        html_content=html_content,
        files=files,
        cc=cc,
        bcc=bcc,
        mime_subtype=mime_subtype,
        mime_charset=mime_charset,
        custom_headers=custom_headers,
    )
    send_mime_email(e_from=sender, e_to=recipients, mime_msg=message, conn_id=conn_id, dryrun=dryrun)


def build_mime_message(
    mail_from: str | None,
    to: str | Iterable[str],
    subject: str,
    html_content: str,
    files: list[str] | None = None,
    cc: str | Iterable[str] | None = None,
    bcc: str | Iterable[str] | None = None,
    mime_subtype: str = "mixed",
    mime_charset: str = "utf-8",
    custom_headers: dict[str, Any] | None = None,
) -> tuple[MIMEMultipart, list[str]]:
    """The message and all its recipients."""
    recipients = get_email_address_list(to)
    message = MIMEMultipart(mime_subtype)
    message["Subject"] = subject
    if mail_from:
        message["From"] = mail_from
    message["To"] = ", ".join(recipients)
    if cc:
        copies = get_email_address_list(cc)
        message["CC"] = ", ".join(copies)
        recipients = recipients + copies
    if bcc:
        recipients = recipients + get_email_address_list(bcc)
    message["Date"] = formatdate(localtime=True)
    message.attach(MIMEText(html_content, "html", mime_charset))
    for path in files or []:
        name = os.path.basename(path)
        with open(path, "rb") as opened:
            part = MIMEApplication(opened.read(), Name=name)
        part["Content-Disposition"] = f'attachment; filename="{name}"'
        part["Content-ID"] = f"<{name}>"
        message.attach(part)
    for header, value in (custom_headers or {}).items():
        message[header] = value
    return message, recipients


def send_mime_email(
    e_from: str,
    e_to: str | list[str],
    mime_msg: Message,
    conn_id: str | None = "smtp_default",
    dryrun: bool = False,
) -> None:
    """Hand a message to the SMTP server of [smtp], or of a connection of type smtp.

    What the connection does not say is taken from the settings. A server that hangs up is tried again, [smtp]
    smtp_retry_limit times in all. Raises smtplib.SMTPException and OSError.
    """
    if dryrun:
        return
    server = _server(conn_id)
    for attempt in range(1, server.tries + 1):
        try:
            with server.connect() as opened:
                opened.sendmail(e_from, e_to, mime_msg.as_string())
            return
        except smtplib.SMTPServerDisconnected:
            if attempt == server.tries:
                raise


class _Server(NamedTuple):
    """Where mail is handed over. Durations are seconds."""

    host: str
    port: int
    user: str | None
    password: str | None
    over_tls: bool
    starttls: bool
    timeout: float
    tries: int

    def connect(self) -> smtplib.SMTP:
        """A session, signed in when there is a user."""
        if self.over_tls:
            opened: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout, context=_tls_context()
            )
        else:
            opened = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.starttls and not self.over_tls:
                opened.starttls(context=_tls_context())
            if self.user and self.password:
                opened.login(self.user, self.password)
        except BaseException:
            opened.close()
            raise
        return opened


def _server(conn_id: str | None) -> _Server:
    server = _Server(
        host=conf.get("smtp", "smtp_host", fallback="localhost"),
        port=conf.getint("smtp", "smtp_port", fallback=25),
        user=conf.get("smtp", "smtp_user", fallback=None),
        password=conf.get("smtp", "smtp_password", fallback=None),
        over_tls=conf.getboolean("smtp", "smtp_ssl", fallback=False),
        starttls=conf.getboolean("smtp", "smtp_starttls", fallback=True),
        timeout=conf.getfloat("smtp", "smtp_timeout", fallback=30.0),
        tries=max(1, conf.getint("smtp", "smtp_retry_limit", fallback=5)),
    )
    connection = None if conn_id is None else _connection(conn_id)
    if connection is None:
        return server
    extra = connection.extra_dejson
    said: dict[str, Any] = {
        "host": connection.host,
        "port": connection.port,
        "user": connection.login,
        "password": connection.password,
        "timeout": extra.get("timeout"),
        "tries": extra.get("retry_limit"),
        "over_tls": None if "disable_ssl" not in extra else not extra["disable_ssl"],
        "starttls": None if "disable_tls" not in extra else not extra["disable_tls"],
    }
    return server._replace(**{name: value for name, value in said.items() if value is not None})


def _connection(conn_id: str) -> Any:
    """The connection of an id; None when there is none of the usual id, which need not exist."""
    from ostro.sdk.asking import NoEngine
    from ostro.sdk.connection import Connection
    from ostro.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get(conn_id)
    except (AirflowNotFoundException, NoEngine):
        if conn_id != "smtp_default":
            raise
        return None


def _tls_context() -> ssl.SSLContext:
    """[email] ssl_context: "default" checks the certificate of the server, "none" does not."""
    said = conf.get("email", "ssl_context", fallback="default")
    if said == "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    return ssl.create_default_context()


def get_email_address_list(addresses: str | Iterable[str]) -> list[str]:
    """Addresses of a text (separated by comma or semicolon) or of an iterable of texts."""
    if isinstance(addresses, str):
        return [a.strip() for a in re.split(r"\s*[,;]\s*", addresses) if a.strip()]
    found = list(addresses)
    for address in found:
        if not isinstance(address, str):
            raise TypeError(f"an e-mail address is text, not {type(address).__name__}")
    return found
