"""DAGs, their versions, import errors and statistics as lists of the REST API and the web page show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import RUN_FINISHED, RunState
from ostro.store import tables as t
from ostro.store.views.filters import Columns, Condition, Page, ordered, paged, where


class DagRow(msgspec.Struct, frozen=True, kw_only=True):
    """One DAG as it was parsed last."""

    dag_id: str
    bundle: str
    bundle_version: str | None
    path: str
    version_id: int | None
    is_paused: bool
    is_stale: bool
    has_import_errors: bool
    parsed_at: datetime | None
    parse_duration: float | None
    expired_at: datetime | None
    display_name: str
    description: str | None
    owners: str
    timetable: dict[str, Any]
    timetable_summary: str | None
    timetable_description: str | None
    asset_condition: Any
    start_date: datetime | None
    end_date: datetime | None
    catchup: bool
    max_active_runs: int
    max_active_tasks: int
    max_consecutive_failed_dag_runs: int
    dialect: int
    task_count: int
    tags: list[str] | None
    next_logical_date: datetime | None
    next_interval_start: datetime | None
    next_interval_end: datetime | None
    next_run_after: datetime | None
    #: Folder of the bundle; None when the file is not known any more.
    folder: str | None

    @property
    def fileloc(self) -> str:
        """The file on the machine that parsed it."""
        return f"{self.folder}/{self.path}" if self.folder else self.path

    @property
    def owner_list(self) -> list[str]:
        """Owners of all tasks."""
        return [o.strip() for o in self.owners.split(",") if o.strip()]


class DagFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions that are no plain columns."""

    tags: tuple[str, ...] = ()
    all_tags: bool = False
    owners: tuple[str, ...] = ()
    #: State of the latest run, or of any run.
    last_run_state: str | None = None
    any_run_state: tuple[str, ...] = ()
    #: In id or display name, whatever the case.
    search: str | None = None
    include_stale: bool = False
    #: Only favourites of this user, or only what is none.
    favorite_of: str | None = None
    is_favorite: bool | None = None
    has_asset_schedule: bool | None = None
    #: Kinds of timetable as they are kept ("cron_trigger"), or class paths of authors' own.
    timetable_types: tuple[str, ...] = ()
    #: In the name or URI of an asset that it is scheduled on, whatever the case.
    asset_dependency: str | None = None
    #: Only DAGs with a question to people that waits for an answer, or only those without.
    has_pending_actions: bool | None = None


_d, _r = t.dag.c, t.dag_run.c
_FIELDS = tuple(f for f in DagRow.__struct_fields__ if f != "folder")
_SELECTED = (*(_d[name] for name in _FIELDS), t.dag_file.c.folder)
_FROM = t.dag.outerjoin(t.dag_file, (t.dag_file.c.bundle == _d.bundle) & (t.dag_file.c.path == _d.path))


def _latest(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    return (
        sa.select(column)
        .where(_r.dag_id == _d.dag_id)
        .order_by(_r.run_after.desc(), _r.id.desc())
        .limit(1)
        .correlate(t.dag)
        .scalar_subquery()
    )


#: What lists may be filtered and sorted by; names of the API.
COLUMNS: Columns = {
    "dag_id": _d.dag_id,
    "dag_display_name": _d.display_name,
    "is_paused": _d.is_paused,
    "paused": _d.is_paused,
    "is_stale": _d.is_stale,
    "has_import_errors": _d.has_import_errors,
    "bundle_name": _d.bundle,
    "bundle_version": _d.bundle_version,
    "last_parsed_time": _d.parsed_at,
    "next_dagrun": _d.next_logical_date,
    "next_dagrun_run_after": _d.next_run_after,
    "next_run": _d.next_run_after,
    "owners": _d.owners,
    "state": _latest(_r.state),
    "last_run_state": _latest(_r.state),
    "start_date": _latest(_r.start_date),
    "last_run_start_date": _latest(_r.start_date),
    "dag_run_start_date": _latest(_r.start_date),
    "dag_run_end_date": _latest(_r.end_date),
    "last_run_run_after": _latest(_r.run_after),
    "last_run": _latest(_r.run_after),
}


def list_dags(
    tx: Connection, conditions: Iterable[Condition], extra: DagFilter, page: Page
) -> tuple[list[DagRow], int]:
    """A page of DAGs and the number of all that match."""
    query = sa.select(*_SELECTED).select_from(_FROM).where(*where(COLUMNS, conditions), *_extra(extra))
    return paged(tx, ordered(query, COLUMNS, page, _d.dag_id), page, _row)


def matching_ids(tx: Connection, conditions: Iterable[Condition], extra: DagFilter) -> list[str]:
    """Ids of all DAGs that match, sorted."""
    query = sa.select(_d.dag_id).select_from(_FROM).where(*where(COLUMNS, conditions), *_extra(extra))
    return list(tx.execute(query.order_by(_d.dag_id)).scalars())


def get_dag(tx: Connection, dag_id: str) -> DagRow | None:
    """One DAG, stale or not."""
    row = tx.execute(sa.select(*_SELECTED).select_from(_FROM).where(_d.dag_id == dag_id)).first()
    return None if row is None else _row(row)


def display_names(tx: Connection, dag_ids: Iterable[str]) -> dict[str, str]:
    """Display names of DAGs; unknown ones are left out."""
    ids = sorted(set(dag_ids))
    if not ids:
        return {}
    rows = tx.execute(sa.select(_d.dag_id, _d.display_name).where(_d.dag_id.in_(ids)))
    return {dag_id: name or dag_id for dag_id, name in rows}


def active_runs(tx: Connection, dag_ids: Sequence[str]) -> dict[str, int]:
    """Number of queued and running runs of each DAG; DAGs without one are left out."""
    query = (
        sa.select(_r.dag_id, sa.func.count())
        .where(sa.text(t.LIVE_RUNS), _r.dag_id.in_(list(dag_ids)))
        .group_by(_r.dag_id)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def state_counts(tx: Connection, dag_ids: Sequence[str] | None) -> dict[str, dict[str, int]]:
    """Number of runs by state of each DAG (None = all that are not stale)."""
    query = sa.select(_r.dag_id, _r.state, sa.func.count()).group_by(_r.dag_id, _r.state)
    if dag_ids is None:
        query = query.where(_r.dag_id.in_(sa.select(_d.dag_id).where(_d.is_stale.is_(False))))
    else:
        query = query.where(_r.dag_id.in_(list(dag_ids)))
    found: dict[str, dict[str, int]] = {}
    for dag_id, state, count in tx.execute(query):
        found.setdefault(dag_id, {})[state] = count
    return found


def list_tags(tx: Connection, conditions: Iterable[Condition], page: Page) -> tuple[list[str], int]:
    """A page of tag names and the number of all that match."""
    name = t.dag_tag.c.name
    columns: Columns = {"name": name, "tag_name": name, "dag_id": t.dag_tag.c.dag_id}
    query = sa.select(name).where(*where(columns, conditions)).distinct()
    return paged(tx, ordered(query, columns, page, name), page, lambda row: row[0])


def owner_links(tx: Connection, dag_id: str) -> dict[str, str]:
    """Links of the DAG's owners."""
    o = t.dag_owner_link.c
    return {row[0]: row[1] for row in tx.execute(sa.select(o.owner, o.link).where(o.dag_id == dag_id))}


# ---- favourites ------------------------------------------------------------------------------------------------------


def set_favorite(tx: Connection, user: str, dag_id: str, favorite: bool) -> None:
    """Make the DAG a favourite of the user, or no longer."""
    f = t.favorite
    here = (f.c.user_name == user) & (f.c.dag_id == dag_id)
    tx.execute(sa.delete(f).where(here))
    if favorite:
        tx.execute(sa.insert(f).values(user_name=user, dag_id=dag_id))


def is_favorite(tx: Connection, user: str, dag_id: str) -> bool:
    """Whether the DAG is a favourite of the user."""
    f = t.favorite.c
    return tx.execute(sa.select(f.dag_id).where(f.user_name == user, f.dag_id == dag_id)).first() is not None


# ---- helpers -----------------------------------------------------------------------------------------------------------


def _extra(extra: DagFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if not extra.include_stale:
        found.append(_d.is_stale.is_(False))
    if extra.tags:
        tagged = [
            _d.dag_id.in_(sa.select(t.dag_tag.c.dag_id).where(t.dag_tag.c.name == name))
            for name in extra.tags
        ]
        found.append(sa.and_(*tagged) if extra.all_tags else sa.or_(*tagged))
    if extra.owners:
        found.append(sa.or_(*[_d.owners.icontains(owner, autoescape=True) for owner in extra.owners]))
    if extra.last_run_state is not None:
        found.append(_latest(_r.state) == extra.last_run_state)
    if extra.any_run_state:
        if RUN_FINISHED.isdisjoint(RunState(s) for s in extra.any_run_state):
            runs = sa.select(_r.dag_id).where(sa.text(t.LIVE_RUNS), _r.state.in_(extra.any_run_state))
        else:
            runs = sa.select(_r.dag_id).where(_r.state.in_(extra.any_run_state))
        found.append(_d.dag_id.in_(runs))
    if extra.search:
        text = extra.search
        found.append(
            _d.dag_id.icontains(text, autoescape=True) | _d.display_name.icontains(text, autoescape=True)
        )
    if extra.is_favorite is not None and extra.favorite_of is not None:
        favorites = sa.select(t.favorite.c.dag_id).where(t.favorite.c.user_name == extra.favorite_of)
        found.append(_d.dag_id.in_(favorites) if extra.is_favorite else _d.dag_id.not_in(favorites))
    if extra.has_asset_schedule is not None:
        found.append(
            _d.asset_condition.is_not(None) if extra.has_asset_schedule else _d.asset_condition.is_(None)
        )
    if extra.has_pending_actions is not None:
        h, i = t.hitl_detail.c, t.task_instance.c
        asking = t.hitl_detail.join(t.task_instance, i.id == h.ti).join(t.dag_run, _r.id == i.run)
        open_ = (
            sa.select(_r.dag_id)
            .select_from(asking)
            .where(h.responded_at.is_(None), h.try_number == i.try_number)
        )
        found.append(_d.dag_id.in_(open_) if extra.has_pending_actions else _d.dag_id.not_in(open_))
    if extra.timetable_types:
        kept = sa.type_coerce(_d.timetable, sa.Text)
        found.append(sa.or_(*[kept.contains(f'"{kind}"', autoescape=True) for kind in extra.timetable_types]))
    if extra.asset_dependency:
        a, s = t.asset.c, t.dag_schedule_asset.c
        text = extra.asset_dependency
        named = a.name.icontains(text, autoescape=True) | a.uri.icontains(text, autoescape=True)
        found.append(_d.dag_id.in_(sa.select(s.dag_id).join(t.asset, a.id == s.asset_id).where(named)))
    return found


def _row(row: Any) -> DagRow:
    values = dict(zip(_FIELDS, row[: len(_FIELDS)], strict=True))
    values["display_name"] = values["display_name"] or values["dag_id"]
    return DagRow(**values, folder=row[len(_FIELDS)])
