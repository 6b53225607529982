"""Paths of the web page for the source of a DAG: its versions and how reading its file went. The source is in /dagSources."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.public.routes.dags import dag_row
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.ui.models import Struct
from ostro.rules.permissions import Resource
from ostro.store.views import rest_import_errors, ui_versions

router = guarded("/ui", described=False)

#: Most versions that are listed.
MOST_VERSIONS = 500


class FileError(Struct, frozen=True, kw_only=True):
    """Why the file of a DAG, or a DAG in it, cannot be used."""

    text: str
    #: The file of the fault, and its line there; a file of its own folder may be the cause.
    path: str
    line: int | None
    traceback: str
    timestamp: datetime


class Code(Struct, frozen=True, kw_only=True):
    """Everything about a DAG's file but its text."""

    path: str
    bundle_name: str
    parsed_at: datetime | None
    #: Seconds that reading the file took.
    parse_duration: float | None
    versions: list[ui_versions.UsedVersion]
    errors: list[FileError]


@router.get("/dags/{dag_id}/code", response_model=None)
@needs("read", Resource.DAG_CODE)
@needs("read", Resource.DAG_VERSIONS)
def get_code(dag_id: str, deps: Given, person: Someone) -> Response:
    """Versions of a DAG with what ran with them, when its file was read, and what is wrong with it."""
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        versions = ui_versions.used_versions(tx, dag_id, MOST_VERSIONS)
        read = ui_versions.file_read(tx, row.bundle, row.path)
        problems = rest_import_errors.errors_of_file(tx, row.bundle, row.path)
    return data(
        Code(
            path=row.path,
            bundle_name=row.bundle,
            parsed_at=read.parsed_at,
            parse_duration=read.duration,
            versions=versions,
            errors=[
                FileError(
                    text=p.text,
                    path=p.error_path or p.path,
                    line=p.line,
                    traceback=p.traceback,
                    timestamp=p.at,
                )
                for p in problems
                if p.dag_id in (None, dag_id)
            ],
        )
    )
