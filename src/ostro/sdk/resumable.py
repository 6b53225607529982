"""Operators whose work is a job elsewhere that outlives the try which started it."""

from __future__ import annotations

from typing import Any


class ResumableJobMixin:
    """`execute_resumable` starts a job or takes up the one of an earlier try, and waits for its end.

    Subclasses write `submit_job`, `get_job_status`, `is_job_active`, `is_job_succeeded`, `poll_until_complete`,
    `get_job_result`. The id of the job is kept in the task's state store under `external_id_key`.
    """

    external_id_key: str = "remote_job_id"

    def __init__(self, *, durable: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.durable = durable

    def execute_resumable(self, context: Any) -> Any:
        """The result of the job."""
        store = context.get("task_state_store") if self.durable else None
        job = store.get(self.external_id_key) if store is not None else None
        if job is not None:
            status = self.get_job_status(job, context)
            if self.is_job_succeeded(status):
                return self.get_job_result(job, context)
            if not self.is_job_active(status):
                job = None
        if job is None:
            job = self.submit_job(context)
            if store is not None and job is not None:
                store.set(self.external_id_key, job)
        self.poll_until_complete(job, context)
        return self.get_job_result(job, context)

    def submit_job(self, context: Any) -> Any:
        """Start the job; gives its id."""
        raise NotImplementedError(f"{type(self).__name__} has no submit_job() method")

    def get_job_status(self, external_id: Any, context: Any) -> Any:
        """The job's status."""
        raise NotImplementedError(f"{type(self).__name__} has no get_job_status() method")

    def is_job_active(self, status: Any) -> bool:
        """Whether the job still runs."""
        raise NotImplementedError(f"{type(self).__name__} has no is_job_active() method")

    def is_job_succeeded(self, status: Any) -> bool:
        """Whether the job is done and well."""
        raise NotImplementedError(f"{type(self).__name__} has no is_job_succeeded() method")

    def poll_until_complete(self, external_id: Any, context: Any) -> None:
        """Wait for the job's end; raise when it failed."""
        raise NotImplementedError(f"{type(self).__name__} has no poll_until_complete() method")

    def get_job_result(self, external_id: Any, context: Any) -> Any:
        """The result of the job that is done."""
        return None
