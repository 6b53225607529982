"""The keys of an installation: where they are, and whether they are the ones that its database was written with."""

from __future__ import annotations

from ostro.errors import SettingInvalid, StoreError
from ostro.settings import Settings
from ostro.store import Cipher, Store, rotation

#: File of the key that encrypts, in the folder of keys.
FERNET = "fernet.key"


def cipher(settings: Settings) -> Cipher:
    """The cipher of connections, variables and arguments of triggers; its key is made at first start.

    A setting and the file may hold several keys, separated by commas or white space, the newest first.
    """
    given = settings.secrets.fernet_key
    if not given:
        settings.home.ensure()
        given = settings.home.key(FERNET, lambda: Cipher.new_key().encode()).decode()
    return Cipher(given.replace(",", " ").split())


def check(settings: Settings, database: Store) -> None:
    """Raise SettingInvalid when the database holds secrets and no key that is here reads any of them.

    To go on would make a second key, and a database whose secrets no single key reads.
    """
    with database.read() as tx:
        found = rotation.samples(tx)
    if not found:
        return
    path = settings.home.keys / FERNET
    if not settings.secrets.fernet_key and not path.exists():
        raise SettingInvalid(
            f"the database holds encrypted secrets, but their key is missing: put it back as {path}, or give it as "
            "[secrets] fernet_key"
        )
    here = cipher(settings)
    if not any(_reads(here, value) for value in found):
        raise SettingInvalid(
            "the secrets of the database were encrypted with a key that is not there any more: give that key again, "
            f"after the new one, in {_where(settings)}"
        )


def _where(settings: Settings) -> str:
    return "[secrets] fernet_key" if settings.secrets.fernet_key else str(settings.home.keys / FERNET)


def _reads(here: Cipher, value: bytes) -> bool:
    try:
        here.decrypt(value)
    except StoreError:
        return False
    return True
