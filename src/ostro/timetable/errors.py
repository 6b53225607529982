"""The error of a schedule that cannot be."""

from __future__ import annotations

from ostro.errors import UserError


class AirflowTimetableInvalid(UserError):
    """A timetable was given a value that makes no schedule. Named as DAG authors catch it."""
