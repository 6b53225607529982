"""The frozen description of one task."""

from __future__ import annotations

from typing import Any

import msgspec

from ostro.spec.mapping import Expansion


class Placing(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where a policy of the installation sends one try of a task; what is None stays as the task says."""

    pool: str | None = None
    pool_slots: int | None = None
    queue: str | None = None
    #: The whole weight, in place of what the weight rule makes.
    priority_weight: int | None = None
    #: Of the first try only.
    retries: int | None = None
    executor: str | None = None


class TaskSpec(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One task of a DAG. Durations in seconds. Everything that the engine decides with, and what screens show."""

    task_id: str
    #: Class name and module of the operator, as written.
    operator: str
    module: str = ""
    #: What screens call the operator ("@task"), "" = its class name.
    operator_name: str = ""
    display_name: str = ""
    #: Innermost task group, "" for the DAG itself.
    group_id: str = ""
    #: Direct upstream task ids, sorted. Downstream is derived (`Topology`).
    upstream: tuple[str, ...] = ()

    trigger_rule: str = "all_success"
    is_setup: bool = False
    is_teardown: bool = False
    on_failure_fail_dagrun: bool = False
    #: Nothing to execute: an EmptyOperator without callbacks, inlets, outlets, pre/post execute. Completed by the engine.
    is_empty: bool = False
    #: May skip downstream tasks (branch, short circuit, latest only).
    can_skip_downstream: bool = False

    owner: str = "airflow"
    start_date: str | None = None
    end_date: str | None = None
    depends_on_past: bool = False
    ignore_first_depends_on_past: bool = True
    wait_for_past_depends_before_skipping: bool = False
    wait_for_downstream: bool = False

    retries: int = 0
    retry_delay: float = 300.0
    #: Multiplier of the delay at each try; 0 = constant delay (True of 2.x is 2.0).
    retry_exponential_backoff: float = 0.0
    max_retry_delay: float | None = None
    has_retry_policy: bool = False
    execution_timeout: float | None = None
    #: Of 2.x: the task shall have succeeded so long after its run was due.
    sla: float | None = None

    pool: str = "default_pool"
    pool_slots: int = 1
    queue: str = "default"
    executor: str | None = None
    executor_config: Any = None
    run_as_user: str | None = None
    #: The task's own weight and the rule that makes the effective one.
    priority_weight: int = 1
    weight_rule: str = "downstream"
    #: What a strategy of the author's own gave: for each try, the last one for all further; empty without a strategy.
    strategy_weights: tuple[int, ...] = ()
    #: By kind of run ("" = any) and try, the last one for all further; empty when no policy has a say.
    placings: dict[str, tuple[Placing, ...]] = {}
    max_active_tis_per_dag: int | None = None
    max_active_tis_per_dagrun: int | None = None

    #: None = not mapped by itself (it may still be inside a mapped group).
    expansion: Expansion | None = None
    map_index_template: str | None = None

    do_xcom_push: bool = True
    multiple_outputs: bool = False
    email: tuple[str, ...] = ()
    email_on_failure: bool = True
    email_on_retry: bool = True
    #: Which callbacks the task has: any of execute, success, failure, retry, skipped.
    callbacks: tuple[str, ...] = ()
    #: Asset references as dicts {"type", "name", "uri", "group", "extra"}; type asset, alias or ref.
    inlets: tuple[dict[str, Any], ...] = ()
    outlets: tuple[dict[str, Any], ...] = ()
    params: dict[str, Any] = {}
    sensor_mode: str | None = None
    start_from_trigger: bool = False
    #: Trigger that the task starts in when start_from_trigger: {"classpath", "kwargs", "next_method", "next_kwargs", "timeout"}.
    start_trigger: dict[str, Any] | None = None
    #: For operators that point to another DAG: {"trigger_dag_id": …} or {"external_dag_id": …, "external_task_id": …};
    #: "cleared_with" of an ExternalTaskMarker: {"dag_id", "task_id", "date", "depth"}, what a clear of it clears, too.
    links: dict[str, Any] = {}

    template_fields: tuple[str, ...] = ()
    template_fields_renderers: dict[str, str] = {}
    #: The template fields as written, JSON or text, long values cut; for screens only.
    fields: dict[str, Any] = {}
    #: Names of its links, and for each the XCom key under which a task instance leaves the address.
    extra_links: tuple[str, ...] = ()
    link_keys: dict[str, str] = {}
    ui_color: str = "#fff"
    ui_fgcolor: str = "#000"
    doc_md: str | None = None
    doc: str | None = None
