"""Kerberos principals as hooks of Hadoop write them (`airflow.security.utils`)."""

from __future__ import annotations

import re
import socket
from typing import Any


def get_components(principal: str | None) -> list[str] | None:
    """Service, host and realm of `service/host@REALM`; None for nothing."""
    return re.split(r"[/@]", str(principal)) if principal else None


def replace_hostname_pattern(components: list[str], host: str | None = None) -> str:
    """`service/host@REALM` with this machine's name (or `host`) where the host is `_HOST`."""
    fqdn = host
    if not fqdn or fqdn == "0.0.0.0":
        fqdn = get_fqdn()
    return f"{components[0]}/{fqdn.lower()}@{components[2]}"


def get_fqdn(hostname_or_ip: str | None = None) -> str:
    """The full name of a machine, of this one when none is given."""
    if not hostname_or_ip:
        return socket.getfqdn()
    try:
        return socket.gethostbyaddr(hostname_or_ip)[0]
    except OSError:
        return hostname_or_ip


def principal_from_username(username: str | None, realm: str | None) -> Any:
    """`user@REALM`, unless a realm is there already."""
    return f"{username}@{realm}" if username and "@" not in username else username


def get_attr_renderer() -> dict[str, Any]:
    """`airflow.www.utils`: how template fields may be shown, by name; here each is shown by the page itself."""
    names = (
        "bash",
        "doc",
        "doc_json",
        "doc_md",
        "doc_rst",
        "doc_yaml",
        "html",
        "jinja",
        "json",
        "md",
        "mysql",
    )
    more = ("postgresql", "powershell", "py", "rst", "sql", "tsql", "yaml")
    return dict.fromkeys((*names, *more), str)


def get_kerberos_principal(principal: str | None = None) -> str:
    """The principal, else that of [kerberos] principal, with this machine's name for `_HOST`."""
    from ostro.sdk.conf import conf

    given = principal or conf.get("kerberos", "principal", fallback="airflow")
    return str(given).replace("_HOST", get_fqdn())


def renew_from_kt(principal: str | None, keytab: str, exit_on_fail: bool = True) -> int:
    """Take a ticket with `kinit` from a keytab; its exit status. Without success it ends the program, unless told not to."""
    import subprocess

    from ostro.sdk.conf import conf

    minutes = int(conf.get("kerberos", "reinit_frequency", fallback="3600")) // 60
    command = [
        conf.get("kerberos", "kinit_path", fallback="kinit"),
        *("-r", f"{minutes}m", "-k", "-t", keytab),
        *("-c", conf.get("kerberos", "ccache", fallback="/tmp/airflow_krb5_ccache")),
        get_kerberos_principal(principal),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and exit_on_fail:
        raise SystemExit(f"kinit failed with status {done.returncode}: {done.stderr.strip()}")
    return done.returncode
