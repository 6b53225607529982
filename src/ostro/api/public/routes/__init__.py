"""Handlers by entity. Each parses, calls a command or a view, and renders; nothing is decided here."""

from __future__ import annotations

from ostro.api.public.routes import (
    assets,
    backfills,
    connection_tests,
    connections,
    dag_runs,
    dags,
    facts,
    hitl,
    instance_bulk,
    instance_changes,
    instances,
    jobs,
    links,
    login,
    logs,
    pools,
    run_bulk,
    state_stores,
    variables,
    xcoms,
)

#: In the order in which paths are tried.
ROUTERS = (
    dags.router,
    dag_runs.router,
    run_bulk.router,
    # Before the instances: "/{task_id}/{map_index}" would take "/{task_id}/xcomEntries", too.
    logs.router,
    xcoms.router,
    state_stores.router,
    state_stores.assets,
    hitl.router,
    instance_changes.router,
    instance_bulk.router,
    links.router,
    instances.router,
    assets.router,
    backfills.router,
    pools.router,
    variables.router,
    # Before the connections: they would take "/connections/enqueue-test" for one.
    connection_tests.router,
    connections.router,
    jobs.router,
    login.router,
    facts.router,
)
