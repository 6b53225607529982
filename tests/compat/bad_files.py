"""DAG files that cannot be used, and what their author is told.

Each has the words that its sentence must hold, the line that it names (counted from 1; None = there is none to name),
and the DAG. `beside` are further files of the folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HEAD = "from datetime import datetime, timedelta\nfrom airflow.sdk import DAG, Asset, Param, TaskGroup, Variable, chain, dag, setup, task, task_group, teardown\nfrom airflow.providers.standard.operators.bash import BashOperator\nfrom airflow.providers.standard.operators.empty import EmptyOperator\nfrom airflow.providers.standard.operators.python import PythonOperator\n"
#: The first line of a body.
FIRST = HEAD.count("\n") + 1


@dataclass(frozen=True)
class Bad:
    """One bad file. `body` stands below HEAD unless `bare`."""

    body: str
    words: tuple[str, ...]
    #: Line of the body (from 1).
    line: int | None
    dag: str | None = None
    bare: bool = False
    encoding: str = "utf-8"
    #: The file that the error names, when it is another.
    path: str | None = None
    beside: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The whole file."""
        return self.body if self.bare else HEAD + self.body

    @property
    def file_line(self) -> int | None:
        """The line in the whole file."""
        return self.line if self.bare or self.path or self.line is None else FIRST + self.line - 1


BAD: dict[str, Bad] = {
    # ---- Python itself
    "syntax": Bad(
        "from airflow import DAG\nwith DAG('d') as dag\n    pass\n", ("not valid Python", "':'"), 2, bare=True
    ),
    "indentation": Bad("from airflow import DAG\n  dag = 1\n", ("not valid Python", "indent"), 2, bare=True),
    "name": Bad("with DAG('d'):\n    EmptyOperator(task_id=undefined)\n", ("NameError", "undefined"), 2),
    "exit": Bad("import sys\nDAG('d')\nsys.exit(3)\n", ("sys.exit(3)",), 3),
    "recursion": Bad("def f():\n    return f()\nDAG('d')\nf()\n", ("calls itself",), 2),
    "undecodable": Bad(
        "from airflow import DAG\nx = 'é'\n",
        ("not valid Python", "utf-8"),
        2,
        bare=True,
        encoding="latin-1",
    ),
    # ---- imports
    "missing_module": Bad(
        "import no_such_module_of_mine\nDAG('d')\n", ("no_such_module_of_mine", "pip install"), 1
    ),
    "missing_provider": Bad(
        "from airflow.providers.snowflake.operators.snowflake import SnowflakeOperator\n",
        ("airflow.providers.snowflake", "apache-airflow-providers-snowflake"),
        1,
    ),
    "missing_nested_provider": Bad(
        "from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator\n",
        ("apache-airflow-providers-cncf-kubernetes",),
        1,
    ),
    "missing_provider_of_old_path": Bad(
        "from airflow.contrib.operators.bigquery_operator import BigQueryOperator\n",
        ("apache-airflow-providers-google",),
        1,
    ),
    "missing_name": Bad("from airflow.sdk import DAGG\n", ("DAGG", "airflow.sdk"), 1),
    "missing_name_of_module": Bad(
        "from airflow.models import NoSuchThing\n", ("NoSuchThing", "airflow.models"), 1
    ),
    "missing_airflow_module": Bad("import airflow.no_such_part\n", ("airflow.no_such_part", "Airflow"), 1),
    "circular": Bad(
        "import circle_a\nDAG('d')\n",
        ("in a circle", "circle_a", "third module"),
        1,
        path="circle_b.py",
        beside={
            "circle_a.py": "from circle_b import b\na = 1\n",
            "circle_b.py": "from circle_a import a\nb = 1\n",
        },
    ),
    "broken_helper": Bad(
        "import helpers_of_mine\nDAG('d')\n",
        ("ZeroDivisionError", "division by zero"),
        2,
        path="helpers_of_mine.py",
        beside={"helpers_of_mine.py": "x = 1\ny = x / 0\n"},
    ),
    "missing_variable": Bad(
        "Variable.get('no_such_variable')\n", ("no_such_variable", "ostro variables set"), 1
    ),
    "missing_connection": Bad(
        "from airflow.sdk import BaseHook\nBaseHook.get_connection('no_such_conn')\n",
        ("no_such_conn", "isn't defined"),
        2,
    ),
    # ---- the DAG
    "dag_id_characters": Bad("DAG('my dag!')\n", ("'my dag!'", "letters, digits"), 1),
    "dag_id_long": Bad("DAG('d' * 251)\n", ("251 characters", "250"), 1),
    "dag_id_dots": Bad("DAG('a..b')\n", ("'a..b'", "two dots"), 1),
    "dag_id_missing": Bad("DAG()\n", ("dag_id",), 1),
    "unknown_argument_of_dag": Bad("DAG('d', schedul='@daily')\n", ("'schedul'", "'d'", "schedule"), 1),
    "cron": Bad("dag = DAG('d', schedule='61 * * * *')\n", ("'61 * * * *'", "'d'"), 1, "d"),
    "preset": Bad("dag = DAG('d', schedule='@fortnightly')\n", ("'@fortnightly'", "'d'"), 1, "d"),
    "schedule_type": Bad("dag = DAG('d', schedule=17)\n", ("schedule", "17", "'d'"), 1, "d"),
    "start_date_type": Bad(
        "DAG('d', start_date='yesterday')\n", ("start_date", "'yesterday'", "datetime"), 1
    ),
    "no_start_date": Bad(
        "with DAG('d', schedule='@daily', catchup=True):\n    EmptyOperator(task_id='a')\n",
        ("'d'", "start_date"),
        1,
        "d",
    ),
    "max_active_runs": Bad(
        "DAG('d', max_active_runs='many')\n", ("max_active_runs", "'many'", "whole number"), 1
    ),
    "dagrun_timeout": Bad("DAG('d', dagrun_timeout='1h')\n", ("dagrun_timeout", "timedelta"), 1),
    "param_default": Bad(
        "with DAG('d', schedule='@daily', start_date=datetime(2026, 1, 1), params={'n': Param('x', type='integer')}):\n    EmptyOperator(task_id='a')\n",
        ("'n'", "'x'", "integer"),
        1,
        "d",
    ),
    "param_required": Bad(
        "with DAG('d', schedule='@daily', start_date=datetime(2026, 1, 1), params={'n': Param(type='integer')}):\n    EmptyOperator(task_id='a')\n",
        ("'d'", "'n'", "default"),
        1,
        "d",
    ),
    "param_schema": Bad(
        "with DAG('d', params={'n': Param(1, type='wholenumber')}):\n    EmptyOperator(task_id='a')\n",
        ("'n'", "schema", "wholenumber"),
        1,
        "d",
    ),
    "fail_fast": Bad(
        "with DAG('d', fail_fast=True):\n    EmptyOperator(task_id='a', trigger_rule='all_done')\n",
        ("'d'", "fail_fast", "'a'", "all_success"),
        2,
    ),
    "dag_twice": Bad(
        "with DAG('d'):\n    EmptyOperator(task_id='a')\nwith DAG('d'):\n    pass\n",
        ("'d'", "two DAGs"),
        1,
        "d",
    ),
    # ---- tasks
    "task_twice": Bad(
        "with DAG('d'):\n    EmptyOperator(task_id='a')\n    EmptyOperator(task_id='a')\n", ("'a'", "'d'"), 3
    ),
    "task_id_characters": Bad("with DAG('d'):\n    EmptyOperator(task_id='a b')\n", ("'a b'", "letters"), 2),
    "task_id_missing": Bad("with DAG('d'):\n    EmptyOperator()\n", ("task_id", "EmptyOperator"), 2),
    "unknown_argument": Bad(
        "with DAG('d'):\n    EmptyOperator(task_id='a', retires=3)\n",
        ("retires", "task_id: a", "EmptyOperator", "retries"),
        2,
    ),
    "missing_argument": Bad(
        "with DAG('d'):\n    BashOperator(task_id='a')\n", ("bash_command", "BashOperator"), 2
    ),
    "trigger_rule": Bad(
        "with DAG('d'):\n    EmptyOperator(task_id='a', trigger_rule='all_good')\n",
        ("trigger_rule", "'all_good'", "'a'", "all_success"),
        2,
    ),
    "weight_rule": Bad(
        "with DAG('d'):\n    EmptyOperator(task_id='a', weight_rule='heavy')\n",
        ("weight_rule", "'heavy'", "'a'"),
        2,
    ),
    "retries_type": Bad(
        "with DAG('d'):\n    EmptyOperator(task_id='a', retries='three')\n", ("retries", "'three'", "'a'"), 2
    ),
    "pool_slots": Bad(
        "with DAG('d'):\n    EmptyOperator(task_id='a', pool_slots=0)\n", ("pool_slots", "'a'"), 2
    ),
    "execution_timeout": Bad(
        "with DAG('d'):\n    EmptyOperator(task_id='a', execution_timeout='5m')\n",
        ("execution_timeout", "timedelta", "'a'"),
        2,
    ),
    "task_start_date": Bad(
        "with DAG('d'):\n    EmptyOperator(task_id='a', start_date='soon')\n",
        ("start_date", "'soon'", "'a'"),
        2,
    ),
    "not_callable": Bad(
        "with DAG('d'):\n    PythonOperator(task_id='a', python_callable=print('x'))\n",
        ("python_callable", "callable"),
        2,
    ),
    "foreign_init": Bad(
        "from airflow.sdk import BaseOperator\nclass Mine(BaseOperator):\n    def __init__(self, **kwargs):\n        self.x = 1\nwith DAG('d'):\n    Mine(task_id='a')\n",
        ("Mine", "super().__init__"),
        6,
    ),
    "template_field": Bad(
        "from airflow.sdk import BaseOperator\nclass Mine(BaseOperator):\n    template_fields = ('sql',)\n    def execute(self, context):\n        pass\nwith DAG('d'):\n    Mine(task_id='a')\n",
        ("Mine", "sql", "template_fields"),
        7,
    ),
    "cycle": Bad(
        "with DAG('d'):\n    a, b, c = (EmptyOperator(task_id=i) for i in 'abc')\n    a >> b >> c >> a\n",
        ("'d'", "ring", "a >> b >> c >> a"),
        1,
        "d",
    ),
    "self_cycle": Bad(
        "with DAG('d'):\n    a = EmptyOperator(task_id='a')\n    a >> a\n", ("'d'", "a >> a"), 1, "d"
    ),
    "two_dags": Bad(
        "with DAG('one'):\n    a = EmptyOperator(task_id='a')\nwith DAG('two'):\n    b = EmptyOperator(task_id='b')\na >> b\n",
        ("'one'", "'two'", "'a'", "'b'"),
        5,
    ),
    "no_dag": Bad(
        "a = EmptyOperator(task_id='a')\nb = EmptyOperator(task_id='b')\na >> b\nDAG('d')\n",
        ("a, b", "no DAG"),
        3,
    ),
    "link_to_text": Bad(
        "with DAG('d'):\n    EmptyOperator(task_id='a') >> 'b'\n", ("'b'", "str", "task groups"), 2
    ),
    "link_to_function": Bad(
        "with DAG('d'):\n    @task\n    def b():\n        pass\n    EmptyOperator(task_id='a') >> b\n",
        ("@task b", "call the function"),
        5,
    ),
    "lists": Bad(
        "with DAG('d'):\n    a, b = EmptyOperator(task_id='a'), EmptyOperator(task_id='b')\n    [a] >> [b]\n",
        ("list", "chain"),
        3,
    ),
    "chain_lengths": Bad(
        "with DAG('d'):\n    a, b, c = (EmptyOperator(task_id=i) for i in 'abc')\n    chain([a], [b, c])\n",
        ("chain", "1", "2"),
        3,
    ),
    # ---- groups
    "group_twice": Bad(
        "with DAG('d'):\n    with TaskGroup('g'):\n        EmptyOperator(task_id='a')\n    with TaskGroup('g'):\n        EmptyOperator(task_id='b')\n",
        ("'g'", "'d'"),
        4,
    ),
    "group_like_task": Bad(
        "with DAG('d'):\n    EmptyOperator(task_id='g')\n    with TaskGroup('g'):\n        EmptyOperator(task_id='a')\n",
        ("'g'", "'d'"),
        3,
    ),
    "group_id_characters": Bad(
        "with DAG('d'):\n    with TaskGroup('a.b'):\n        pass\n", ("'a.b'", "letters"), 2
    ),
    "group_outside": Bad("with TaskGroup('g'):\n    pass\nDAG('d')\n", ("'g'", "DAG"), 1),
    # ---- decorators
    "task_not_callable": Bad("with DAG('d'):\n    task('x')\n", ("@task",), 2),
    "missing_argument_of_function": Bad(
        "with DAG('d'):\n    @task\n    def add(a, b):\n        return a + b\n    add(1)\n", ("add", "b"), 5
    ),
    "unknown_argument_of_function": Bad(
        "with DAG('d'):\n    @task\n    def add(a):\n        return a\n    add(1, c=2)\n", ("add", "'c'"), 5
    ),
    "unknown_decorator": Bad(
        "with DAG('d'):\n    @task.pyton\n    def add():\n        pass\n", ("pyton", "python"), 2
    ),
    "decorator_of_provider": Bad(
        "with DAG('d'):\n    @task.docker(image='x')\n    def add():\n        pass\n",
        ("@task.docker", "apache-airflow-providers-docker"),
        2,
    ),
    "iterated_result": Bad(
        "with DAG('d'):\n    @task\n    def numbers():\n        return [1]\n    for n in numbers():\n        pass\n",
        ("'numbers'", ".expand()"),
        5,
    ),
    # ---- mapping
    "expand_nothing": Bad(
        "with DAG('d'):\n    @task\n    def f(a):\n        pass\n    f.expand()\n",
        ("f", "expand", "argument"),
        5,
    ),
    "expand_text": Bad(
        "with DAG('d'):\n    @task\n    def f(a):\n        pass\n    f.expand(a='text')\n",
        ("'f'", "a", "str", "list"),
        5,
    ),
    "expand_wrong_name": Bad(
        "with DAG('d'):\n    @task\n    def f(a):\n        pass\n    f.expand(b=[1])\n", ("f", "'b'"), 5
    ),
    "expand_wrong_name_of_operator": Bad(
        "with DAG('d'):\n    BashOperator.partial(task_id='a').expand(command=['x'])\n",
        ("'a'", "command", "bash_command"),
        2,
    ),
    "expand_task_id": Bad(
        "with DAG('d'):\n    BashOperator.partial(task_id='a', bash_command='x').expand(dag=['b'])\n",
        ("'dag'", "partial()"),
        2,
    ),
    "expand_twice_given": Bad(
        "with DAG('d'):\n    BashOperator.partial(task_id='a', bash_command='x').expand(bash_command=['y'])\n",
        ("'a'", "'bash_command'", "once"),
        2,
    ),
    "partial_alone": Bad(
        "with DAG('d'):\n    a = BashOperator.partial(task_id='a')\n    EmptyOperator(task_id='b') >> a\n",
        ("partial", "expand"),
        3,
    ),
    "always_in_mapped_group": Bad(
        "with DAG('d'):\n    @task\n    def n():\n        return [1]\n    @task_group\n    def g(x):\n        EmptyOperator(task_id='a', trigger_rule='always')\n    g.expand(x=n())\n",
        ("'g.a'", "always"),
        8,
    ),
    # ---- set-up and tear-down
    "setup_and_rule": Bad(
        "with DAG('d'):\n    s = EmptyOperator(task_id='s').as_setup()\n    a = EmptyOperator(task_id='a', trigger_rule='all_done')\n    s >> a\n",
        ("'a'", "'s'", "all_success", "'d'"),
        1,
        "d",
    ),
    "teardown_rule": Bad(
        "with DAG('d'):\n    @teardown\n    @task(trigger_rule='all_done')\n    def t():\n        pass\n    t()\n",
        ("Trigger rule", "teardown"),
        6,
    ),
    "setup_group": Bad(
        "with DAG('d'):\n    @setup\n    @task_group\n    def g():\n        pass\n    g()\n",
        ("groups", "setup"),
        2,
    ),
    # ---- assets
    "asset_without_name": Bad("Asset()\nDAG('d')\n", ("name", "uri"), 1),
    "asset_reserved": Bad("Asset('airflow://x')\nDAG('d')\n", ("airflow",), 1),
    "schedule_assets": Bad("dag = DAG('d', schedule=[Asset('a'), 'b'])\n", ("'d'", "'b'"), 1, "d"),
}
