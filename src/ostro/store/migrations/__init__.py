"""The tables' history: Alembic scripts in `versions/`, shipped with the package.

All steps run in one transaction, so a kill leaves either the old tables or the new ones. Alembic is loaded only when
there is something to do: a start against a current database costs one SELECT.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ostro.errors import StoreError

if TYPE_CHECKING:
    from ostro.store.engine import Store

#: The newest script in `versions/` (a test compares).
HEAD = "0010"

FOLDER = Path(__file__).parent
#: Key of the advisory lock that lets one process migrate at a time on PostgreSQL.
_LOCK = 0x6F7374726F


def revision(tx: Connection) -> str | None:
    """The version of the tables; None when there are none."""
    if not sa.inspect(tx).has_table("alembic_version"):
        return None
    return tx.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def migrate(store: Store) -> bool:
    """See `Store.migrate`."""
    with store.read() as tx:
        if revision(tx) == HEAD:
            return False
    with store.begin() as tx:
        if store.dialect == "postgresql":
            tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        found = revision(tx)
        if found == HEAD:
            return False
        if found is not None and found not in known_revisions():
            raise StoreError(f"the database is of a newer Ostro (tables {found}, this one knows {HEAD})")
        upgrade(tx)
    return True


def known_revisions() -> set[str]:
    """The versions that this Ostro can start from."""
    return {path.name.split("_", 1)[0] for path in (FOLDER / "versions").glob("[0-9]*.py")}


def upgrade(tx: Connection, to: str = "head") -> None:
    """Run the scripts up to a version in the open transaction."""
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(FOLDER))

    def steps(current: Any, _context: Any) -> Any:
        return script._upgrade_revs(to, current)

    with EnvironmentContext(_config(), script, fn=steps, destination_rev=to) as environment:
        environment.configure(
            connection=tx, target_metadata=None, transactional_ddl=True, transaction_per_migration=False
        )
        environment.run_migrations()


def _config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config
