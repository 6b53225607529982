"""A flaky task: fails at the first try, succeeds at the second."""

from datetime import datetime, timedelta

from airflow.sdk import dag, get_current_context, task


@dag(schedule=None, start_date=datetime(2026, 1, 1), tags=["example"])
def retries():
    @task(retries=2, retry_delay=timedelta(seconds=2))
    def flaky() -> int:
        tried = get_current_context()["ti"].try_number
        if tried == 1:
            raise ConnectionError("the other side did not answer")
        return tried

    flaky()


retries()
