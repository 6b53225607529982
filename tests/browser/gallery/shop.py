"""DAGs of an imagined shop, for the pictures of the guide: some runs fail, on days that are always the same."""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param, TaskGroup, get_current_context, task

START = datetime(2026, 1, 1)
OURS = {"owner": "data team", "retries": 1, "retry_delay": timedelta(seconds=0.1)}


def day() -> int:
    return get_current_context()["logical_date"].day


with DAG(
    "daily_orders",
    schedule="30 6 * * *",
    start_date=START,
    catchup=False,
    default_args=OURS,
    tags=["orders", "daily"],
    params={"country": Param("kr", enum=["kr", "it", "de"], description="Whose orders")},
    doc_md="""
    # Orders of yesterday

    Fetches the orders of every shop, cleans them and writes **one report**.

    * the exchange rates come from `rates.example`
    * a day without orders is an error
    """,
):

    @task
    def shops() -> list[str]:
        return ["Seoul", "Busan", "Daegu", "Jeju"]

    @task(map_index_template="{{ shop }}")
    def orders(shop: str) -> int:
        context = get_current_context()
        context["shop"] = shop
        if context["logical_date"].day == 9 and shop == "Jeju":
            raise ConnectionError("the till of Jeju does not answer")
        print(f"{shop}: 128 orders")
        return 128

    with TaskGroup("clean"):

        @task(trigger_rule="none_failed_min_one_success")
        def duplicates() -> None:
            print("3 duplicates removed")

        @task
        def currencies() -> None:
            import logging

            log = logging.getLogger("shop.rates")
            log.info("asking rates.example for 31 currencies")
            for number in range(1, 13):
                print(f"page {number} of 12: 2048 orders, all in order")
            log.warning("the rate of EUR is 3 days old")
            if get_current_context()["ti"].try_number == 1 and day() % 4 == 0:
                raise TimeoutError("rates.example did not answer within 10 s")
            if day() == 14:
                raise ValueError("7 orders have a negative price: 1041, 1042, 1055, 1060, 1061, 1077, 1080")

        with TaskGroup("checks"):
            missing, ranges = EmptyOperator(task_id="missing"), EmptyOperator(task_id="ranges")
        cleaned = duplicates()
        cleaned >> currencies() >> [missing, ranges]

    @task.branch
    def month_end() -> str:
        return "monthly_report" if day() % 5 == 0 else "no_report"

    monthly = BashOperator(task_id="monthly_report", bash_command="echo report of {{ ds[:7] }}")
    none = EmptyOperator(task_id="no_report")
    publish = EmptyOperator(task_id="publish", trigger_rule="none_failed_min_one_success")
    orders.expand(shop=shops()) >> cleaned
    [missing, ranges] >> month_end() >> [monthly, none] >> publish


def small(
    dag_id: str, schedule: str | None, tags: list[str], *, fails_on: int = 0, owner: str = "data team"
) -> None:
    """A DAG of two tasks that fails on one day of the month."""
    with DAG(
        dag_id, schedule=schedule, start_date=START, catchup=False, tags=tags, default_args={"owner": owner}
    ):

        @task
        def collect() -> int:
            if day() == fails_on:
                raise RuntimeError(f"{dag_id} had nothing to read")
            return sum(n * n for n in range(day() * 40_000))

        @task
        def write(rows: int) -> None:
            print(f"{rows} rows written")

        write(collect())


small("churn_model", "0 4 * * 1", ["model"], owner="science")
small("customer_mails", "0 9 * * 1-5", ["mail", "daily"], fails_on=16)
small("exchange_rates", "*/15 * * * *", ["rates"])
small("old_invoices", None, ["finance"], owner="finance")
small("stock_levels", "@hourly", ["stock"], fails_on=6)
small("supplier_files", "0 2 * * *", ["files", "daily"])
small("tax_report", "0 3 1 * *", ["finance"], owner="finance")
