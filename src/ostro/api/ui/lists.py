"""The routers of everything that the page lists and counts: DAGs, home, explorers, history, assets, forms, approvals, code."""

from ostro.api.ui import (
    approvals,
    assets,
    code,
    dags,
    explorer,
    forms,
    history,
    home,
    installation,
    overview,
    pools,
    processes,
    timeline,
    timeline_tasks,
)

ROUTERS = (
    dags.router,
    home.router,
    explorer.router,
    history.router,
    installation.router,
    overview.router,
    pools.router,
    processes.router,
    timeline.router,
    timeline_tasks.router,
    assets.router,
    forms.router,
    approvals.router,
    code.router,
)
