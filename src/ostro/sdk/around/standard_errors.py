"""Exceptions of the standard provider."""

from __future__ import annotations

from ostro.sdk.exceptions import AirflowException


class DuplicateStateError(AirflowException):
    """A state is in two lists of a sensor that exclude each other."""


class ExternalTaskNotFoundError(AirflowException):
    """The external DAG or task does not exist."""


class ExternalDagNotFoundError(AirflowException):
    """The external DAG does not exist."""


class ExternalDagDeletedError(AirflowException):
    """The external DAG was removed."""


class ExternalTaskGroupNotFoundError(AirflowException):
    """The external task group does not exist."""


class ExternalTaskFailedError(AirflowException):
    """The external task failed."""


class ExternalTaskGroupFailedError(AirflowException):
    """The external task group failed."""


class ExternalDagFailedError(AirflowException):
    """The external DAG failed."""


class HITLTriggerEventError(Exception):
    """The answer to a question is none."""


class HITLTimeoutError(HITLTriggerEventError):
    """Nobody answered in time."""


class HITLRejectException(AirflowException):
    """The answer was no."""
