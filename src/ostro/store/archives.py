"""Tables of deleted rows: what `db clean` takes away is copied first, with all that goes with it, for whoever wants it back.

An archive is a plain table `_ostro_deleted__<table>__<moment>` in the same database, without keys or indexes. Nothing reads
it but the commands that list, export and drop archives.
"""

from __future__ import annotations

import base64
import csv
import json
import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro import private
from ostro.errors import UserError
from ostro.store import tables as t

PREFIX = "_ostro_deleted__"
_NAME = re.compile(rf"{PREFIX}(?P<table>\w+?)__\d{{14}}")
#: Rows read at once for a file.
_ROWS = 1000


class Archive:
    """Where one run of `db clean` puts what it deletes."""

    def __init__(self, now: datetime) -> None:
        """`now` names its tables; each is made when the first row of it goes."""
        self._moment = f"{now:%Y%m%d%H%M%S}"

    def keep(self, tx: Connection, table: sa.Table, key: sa.Column[Any], ids: Sequence[Any]) -> None:
        """Copy rows that this transaction is about to delete, and those that the database deletes along with them."""
        self._copy(tx, table, key.in_(list(ids)))

    def _copy(self, tx: Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> None:
        rows = sa.select(table).where(where)
        if tx.execute(rows.with_only_columns(sa.literal(1)).limit(1)).first() is None:
            return
        name = f"{PREFIX}{table.name}__{self._moment}"
        if not sa.inspect(tx).has_table(name):
            empty = sa.select(table).where(sa.false())
            tx.exec_driver_sql(
                f"CREATE TABLE {name} AS {empty.compile(tx, compile_kwargs={'literal_binds': True})}"
            )
        target = sa.table(name, *(sa.column(column.name) for column in table.columns))
        tx.execute(target.insert().from_select([column.name for column in table.columns], rows))
        for child, columns in _children(table).items():
            others: list[sa.ColumnElement[bool]] = []
            for column, parent in columns:
                belongs = column.in_(sa.select(parent).where(where))
                self._copy(tx, child, sa.and_(belongs, *others))
                # A row that belongs to two of them is copied once.
                others.append(sa.or_(column.is_(None), ~belongs))


def names(tx: Connection, tables: Sequence[str] | None = None) -> list[str]:
    """Archives, the oldest first; those of some tables. Raises UserError for a name that is no table."""
    unknown = sorted(set(tables or ()) - set(t.metadata.tables))
    if unknown:
        raise UserError(f"there is no table {', '.join(unknown)}")
    found = [(m["table"], m.string) for n in sa.inspect(tx).get_table_names() if (m := _NAME.fullmatch(n))]
    return sorted(name for table, name in found if tables is None or table in tables)


def drop(tx: Connection, archives: Sequence[str]) -> None:
    """Delete archives for ever."""
    for name in archives:
        tx.exec_driver_sql(f"DROP TABLE {name}")


def export(tx: Connection, name: str, folder: Path) -> int:
    """Write an archive to `<name>.csv` of a folder, for its owner alone; returns the number of rows. Raises OSError.

    Documents are written as JSON, bytes in base64; what is encrypted in the database stays so.
    """
    match = _NAME.fullmatch(name)
    assert match is not None
    source = t.metadata.tables.get(match["table"])
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(
            c["name"], source.c[c["name"]].type if source is not None and c["name"] in source.c else None
        )
        for c in sa.inspect(tx).get_columns(name)
    ]
    query = sa.select(*columns).select_from(sa.table(name)).execution_options(yield_per=_ROWS)
    count = 0
    with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8", opener=_private) as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in columns])
        for row in tx.execute(query):
            writer.writerow([_text(value) for value in row])
            count += 1
    return count


def _children(table: sa.Table) -> dict[sa.Table, list[tuple[sa.Column[Any], sa.Column[Any]]]]:
    """Tables whose rows go with those of this one: their columns that name it, and the columns that these name."""
    found: dict[sa.Table, list[tuple[sa.Column[Any], sa.Column[Any]]]] = {}
    for other in t.metadata.sorted_tables:
        for column in other.columns:
            for key in column.foreign_keys:
                if key.column.table is table and (key.ondelete or "").upper() == "CASCADE":
                    found.setdefault(other, []).append((column, key.column))
    return found


def _text(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, dict | list) else value


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, private.FILE)
