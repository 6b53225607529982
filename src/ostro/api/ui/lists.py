"""The routers of everything that the page lists and counts: DAGs, home, explorers, history."""

from ostro.api.ui import dags, explorer, history, home, installation, overview, timeline

ROUTERS = (
    dags.router,
    home.router,
    explorer.router,
    history.router,
    installation.router,
    overview.router,
    timeline.router,
)
