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
from typing import Any

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
        from_email=conf.get("email", "from_email", fallback=None),
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
    """Hand a message to the SMTP server of [smtp]."""
    if dryrun:
        return
    host = conf.get("smtp", "smtp_host", fallback="localhost")
    port = conf.getint("smtp", "smtp_port", fallback=25)
    timeout = conf.getint("smtp", "smtp_timeout", fallback=30)
    user = conf.get("smtp", "smtp_user", fallback=None)
    password = conf.get("smtp", "smtp_password", fallback=None)
    server: smtplib.SMTP
    if conf.getboolean("smtp", "smtp_ssl", fallback=False):
        server = smtplib.SMTP_SSL(host, port, timeout=timeout, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, port, timeout=timeout)
        if conf.getboolean("smtp", "smtp_starttls", fallback=False):
            server.starttls(context=ssl.create_default_context())
    with server:
        if user and password:
            server.login(user, password)
        server.sendmail(e_from, e_to, mime_msg.as_string())


def get_email_address_list(addresses: str | Iterable[str]) -> list[str]:
    """Addresses of a text (separated by comma or semicolon) or of an iterable of texts."""
    if isinstance(addresses, str):
        return [a.strip() for a in re.split(r"\s*[,;]\s*", addresses) if a.strip()]
    found = list(addresses)
    for address in found:
        if not isinstance(address, str):
            raise TypeError(f"an e-mail address is text, not {type(address).__name__}")
    return found
