"""Names of this machine (`airflow.utils.net`)."""

from __future__ import annotations

import socket


def getfqdn(name: str = "") -> str:
    """The full name of a machine, of this one when none is given."""
    return socket.getfqdn(name)


def get_hostname() -> str:
    """The name that this machine has in task instances."""
    return socket.gethostname()


def get_host_ip_address() -> str:
    """The address of this machine."""
    return socket.gethostbyname(getfqdn())
