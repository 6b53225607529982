"""A question that waits for somebody, and assets from one DAG to the next: for the pictures of the guide."""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG, Asset, task

START = datetime(2026, 1, 1)
prices, catalogue = Asset("prices", uri="s3://shop/prices"), Asset("catalogue", uri="s3://shop/catalogue")

with DAG("price_list", schedule=None, start_date=START, tags=["prices"], default_args={"owner": "data team"}):

    @task(outlets=[prices])
    def collect_prices() -> int:
        return 31

    (
        HITLOperator(
            task_id="release",
            subject="Release the price list of February?",
            body="**31** prices changed, **2** of them by more than half:\n\n* olive oil: 9.90 → 16.50\n* coffee: 12.00 → 4.80",
            options=["Release it", "Send it back"],
            defaults="Send it back",
            response_timeout=timedelta(hours=8),
        )
        << collect_prices()
    )

with DAG("shop_window", schedule=[prices], start_date=START, tags=["prices"], default_args={"owner": "shop"}):

    @task(inlets=[prices], outlets=[catalogue])
    def print_catalogue() -> None: ...

    print_catalogue()
